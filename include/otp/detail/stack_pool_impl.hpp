// How stacks are mapped, guarded and given back.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/sanitizer.hpp>
#include <otp/detail/stack_pool.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <mutex>
#include <new>
#include <vector>

namespace otp::detail {

OTP_DECL stack_pool::stack_pool(const stack_pool_options& options)
    : page_(page_size()),
      size_(round_up(std::max(options.stack_size, 4 * page_), page_)),
      hot_limit_(options.hot),
      guard_(options.guard) {}

OTP_DECL stack_pool::~stack_pool() {
  for (const chunk& c : chunks_) {
    // Somebody may still refer to objects in the frames of abandoned stacks.
    if (c.in_use != 0) continue;
    ::munmap(c.begin, c.bytes);
    page_guards().fetch_sub(c.page_guards, std::memory_order_relaxed);
  }
}

OTP_DECL pooled_stack stack_pool::allocate() {
  const std::scoped_lock lock(mutex_);
  pooled_stack stack;
  if (!hot_.empty()) {
    stack = hot_.back();
    hot_.pop_back();
    untouched_.taken(hot_.size());
  } else if (!cold_.empty()) {
    stack = cold_.back();
    cold_.pop_back();
  } else {
    stack = carve();
  }
  ++chunks_[stack.chunk].in_use;
  ++in_use_;
  stack.id = sanitizer::register_stack(stack.bottom(), stack.top);
  return stack;
}

OTP_DECL void stack_pool::deallocate(const pooled_stack& stack) noexcept {
  check(stack);
  sanitizer::unpoison(stack.bottom(), stack.size);
  sanitizer::unregister_stack(stack.id);
  const std::scoped_lock lock(mutex_);
  --chunks_[stack.chunk].in_use;
  --in_use_;
  hot_.push_back(stack);  // cannot throw: carve() reserved the room
}

OTP_DECL void stack_pool::give_back() {
  std::vector<pooled_stack> unused;
  {
    const std::scoped_lock lock(mutex_);
    const auto kept = std::min(hot_limit_, hot_.size());
    const auto count = std::min(untouched_.look(hot_.size()), hot_.size() - kept);
    const auto last =
        hot_.begin() + static_cast<std::ptrdiff_t>(count);  // who came first, is not needed
    unused.assign(hot_.begin(), last);
    hot_.erase(hot_.begin(), last);
  }
  give_back(unused);
  const std::scoped_lock lock(mutex_);
  cold_.insert(cold_.end(), unused.rbegin(), unused.rend());  // reserved, too
}

OTP_DECL void stack_pool::check(const pooled_stack& stack) const noexcept {
  if (!stack.canary || canary_word(stack) == canary_value(stack)) return;
  std::fprintf(stderr,
               "otp: stack overflow: a process used more than the %zu bytes of its stack; "
               "give the runtime a larger stack_size\n",
               stack.size);
  std::abort();
}

OTP_DECL std::atomic<std::size_t>& stack_pool::page_guards() noexcept {
  static constinit std::atomic<std::size_t> count{0};
  return count;
}

OTP_DECL std::size_t stack_pool::page_guard_limit() noexcept {
  static const std::size_t limit = [] {
    unsigned long maps = 65530;
    if (std::FILE* file = std::fopen("/proc/sys/vm/max_map_count", "r")) {
      if (std::fscanf(file, "%lu", &maps) != 1) maps = 65530;
      std::fclose(file);
    }
    return static_cast<std::size_t>(maps / 4);
  }();
  return limit;
}

OTP_DECL std::size_t stack_pool::page_size() noexcept {
  return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

OTP_DECL pooled_stack stack_pool::carve() {
  const std::size_t slot = size_ + page_;
  if (next_ == end_) map_chunk(slot);
  chunk& c = chunks_.back();
  pooled_stack stack{.top = next_ + slot,
                     .size = size_,
                     .chunk = static_cast<std::uint32_t>(chunks_.size() - 1),
                     .canary = !install_guard(next_, c)};
  if (stack.canary) canary_word(stack) = canary_value(stack);
  next_ += slot;
  return stack;
}

OTP_DECL void stack_pool::map_chunk(std::size_t slot) {
  // Under a tight limit on address space a small chunk is better than none.
  for (std::size_t wanted : {chunk_bytes, chunk_bytes / 16, slot}) {
    const std::size_t bytes = std::max(wanted / slot, std::size_t{1}) * slot;
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#if defined(MAP_NORESERVE)
    flags |= MAP_NORESERVE;
#endif
    void* const memory = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, -1, 0);
    if (memory == MAP_FAILED) continue;
#if defined(MADV_NOHUGEPAGE)
    ::madvise(memory, bytes, MADV_NOHUGEPAGE);  // one touched byte would cost 2 MiB
#endif
    try {
      const std::size_t stacks = stacks_ + bytes / slot;
      hot_.reserve(stacks);
      cold_.reserve(stacks);
      chunks_.push_back({static_cast<std::byte*>(memory), bytes, 0, 0});
      stacks_ = stacks;
    } catch (...) {
      ::munmap(memory, bytes);
      throw;
    }
    next_ = static_cast<std::byte*>(memory);
    end_ = next_ + bytes;
    return;
  }
  throw std::bad_alloc();
}

OTP_DECL bool stack_pool::install_guard(std::byte* page, chunk& c) const noexcept {
  if (guard_ == stack_guard::canary) return false;
#if defined(__linux__)
  constexpr int madv_guard_install = 102;  // not in the headers of the distributions of today
  if (guard_ == stack_guard::automatic && ::madvise(page, page_, madv_guard_install) == 0)
    return true;
#endif
  if (page_guards().fetch_add(1, std::memory_order_relaxed) < page_guard_limit() &&
      ::mprotect(page, page_, PROT_NONE) == 0) {
    ++c.page_guards;
    return true;
  }
  page_guards().fetch_sub(1, std::memory_order_relaxed);
  return false;
}

// Sorts them by address: one call serves all that lie side by side. Each call makes every processor
// that runs a thread of ours forget what it knows about the addresses. Guards stay where they are.
OTP_DECL void stack_pool::give_back(std::vector<pooled_stack>& stacks) const noexcept {
  std::sort(stacks.begin(), stacks.end(), [](const pooled_stack& a, const pooled_stack& b) {
    return std::less<>{}(a.top, b.top);
  });
  for (auto first = stacks.begin(); first != stacks.end();) {
    // The page of a canary stays: writing the word again would bring the page back anyway.
    std::byte* const begin = first->bottom() + (first->canary ? page_ : 0);
    auto end = first->top;
    for (++first; first != stacks.end() && !first->canary && first->bottom() - page_ == end;
         ++first) {
      end = first->top;
    }
    ::madvise(begin, static_cast<std::size_t>(end - begin), MADV_DONTNEED);
  }
}

}  // namespace otp::detail
