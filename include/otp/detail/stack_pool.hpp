// Memory for the stacks of waiting processes: reserved in large chunks, guarded against overflow,
// reused hot, and given back to the operating system when a crowd of waiting processes has gone.
#pragma once

#include <otp/detail/sanitizer.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <new>
#include <vector>

namespace otp::detail {

/// One stack of a `stack_pool`: `size` bytes that end at `top`, growing down. The guard lies below
/// them.
struct pooled_stack {
  std::byte* top = nullptr;
  std::size_t size = 0;
  std::uint32_t chunk = 0;  // which chunk of its pool
  unsigned id = 0;          // Valgrind's name for it
  bool canary = false;      // guarded by a word in its last bytes instead of by a page

  std::byte* bottom() const noexcept { return top - size; }
};

/// How the stacks of a pool are guarded. `automatic` takes the best that is available: a guard that
/// costs no mapping (Linux 6.13), else a protected page while the kernel's map limit allows it,
/// else a canary word.
enum class stack_guard : std::uint8_t { automatic, protected_page, canary };

struct stack_pool_options {
  std::size_t stack_size = 256 * 1024;  // bytes that a stack offers, rounded up to pages
  std::size_t hot = 64;                 // how many free stacks keep their memory
  stack_guard guard = stack_guard::automatic;
};

/// Hands out stacks of one size. Thread-safe.
///
/// Memory is unmapped only by the destructor, and only in chunks of which every stack was given
/// back: a stack that its owner abandons (never deallocates) stays valid for the rest of the
/// program, also after the pool is gone.
class stack_pool {
 public:
  explicit stack_pool(std::size_t stack_size)
      : stack_pool(stack_pool_options{.stack_size = stack_size}) {}

  explicit stack_pool(const stack_pool_options& options)
      : page_(page_size()),
        size_(round_up(std::max(options.stack_size, 4 * page_), page_)),
        hot_limit_(options.hot),
        guard_(options.guard) {}

  stack_pool(const stack_pool&) = delete;
  stack_pool& operator=(const stack_pool&) = delete;

  ~stack_pool() {
    for (const chunk& c : chunks_) {
      // Somebody may still refer to objects in the frames of abandoned stacks.
      if (c.in_use != 0) continue;
      ::munmap(c.begin, c.bytes);
      page_guards().fetch_sub(c.page_guards, std::memory_order_relaxed);
    }
  }

  /// Returns a stack. Throws `std::bad_alloc` when the system gives no more address space.
  pooled_stack allocate() {
    const std::scoped_lock lock(mutex_);
    pooled_stack stack;
    if (!hot_.empty()) {
      stack = hot_.back();
      hot_.pop_back();
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

  /// Takes a stack back, from any thread. Ends the program when its canary says that it overflowed:
  /// what lies below it is already damaged.
  void deallocate(const pooled_stack& stack) noexcept {
    check(stack);
    sanitizer::unpoison(stack.bottom(), stack.size);
    sanitizer::unregister_stack(stack.id);
    {
      const std::scoped_lock lock(mutex_);
      --chunks_[stack.chunk].in_use;
      --in_use_;
      if (hot_.size() < hot_limit_) {
        hot_.push_back(stack);  // cannot throw: carve() reserved the room
        return;
      }
    }
    give_back(stack);
    const std::scoped_lock lock(mutex_);
    cold_.push_back(stack);
  }

  /// Ends the program with a message when the canary of `stack` is damaged. Stacks with a guard
  /// page need no check.
  void check(const pooled_stack& stack) const noexcept {
    if (!stack.canary || canary_word(stack) == canary_value(stack)) return;
    std::fprintf(stderr,
                 "otp: stack overflow: a process used more than the %zu bytes of its stack; "
                 "give the runtime a larger stack_size\n",
                 stack.size);
    std::abort();
  }

  /// Bytes that each stack offers.
  std::size_t stack_size() const noexcept { return size_; }

  /// Stacks handed out and not given back, abandoned ones included.
  std::size_t in_use() const {
    const std::scoped_lock lock(mutex_);
    return in_use_;
  }

  /// Free stacks that still hold their memory.
  std::size_t hot() const {
    const std::scoped_lock lock(mutex_);
    return hot_.size();
  }

 private:
  struct chunk {
    std::byte* begin;
    std::size_t bytes;
    std::size_t in_use;
    std::size_t page_guards;
  };

  static constexpr std::size_t chunk_bytes = std::size_t{64} << 20;

  // The kernel's map limit is one for the whole process, and so is the count of the guards that use
  // it up.
  static std::atomic<std::size_t>& page_guards() noexcept {
    static constinit std::atomic<std::size_t> count{0};
    return count;
  }

  // Each protected page splits its mapping in two, so a quarter of the limit leaves half of it to
  // everybody else.
  static std::size_t page_guard_limit() noexcept {
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

  static std::size_t page_size() noexcept {
    return static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  }

  static std::size_t round_up(std::size_t n, std::size_t to) noexcept {
    return (n + to - 1) / to * to;
  }

  // Takes a stack that was never used. Called with the lock held.
  pooled_stack carve() {
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

  void map_chunk(std::size_t slot) {
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
        hot_.reserve(std::min(stacks, hot_limit_));
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

  // Returns whether the page at `page` now stops an overflow.
  bool install_guard(std::byte* page, chunk& c) const noexcept {
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

  void give_back(const pooled_stack& stack) const noexcept {
    // The page of a canary stays: writing the word again would bring the page back anyway.
    std::byte* const begin = stack.bottom() + (stack.canary ? page_ : 0);
    ::madvise(begin, static_cast<std::size_t>(stack.top - begin), MADV_DONTNEED);
  }

  static std::uintptr_t& canary_word(const pooled_stack& stack) noexcept {
    return *reinterpret_cast<std::uintptr_t*>(stack.bottom());
  }

  static std::uintptr_t canary_value(const pooled_stack& stack) noexcept {
    return reinterpret_cast<std::uintptr_t>(stack.top) ^
           static_cast<std::uintptr_t>(0x5ca1ab1e0ddba115u);
  }

  const std::size_t page_;
  const std::size_t size_;
  const std::size_t hot_limit_;
  const stack_guard guard_;

  mutable std::mutex mutex_;
  std::vector<pooled_stack> hot_;   // free, memory kept; last in, first out
  std::vector<pooled_stack> cold_;  // free, memory given back
  std::vector<chunk> chunks_;
  std::byte* next_ = nullptr;  // what is left of the newest chunk
  std::byte* end_ = nullptr;
  std::size_t stacks_ = 0;
  std::size_t in_use_ = 0;
};

}  // namespace otp::detail
