// How the arena takes memory, and gives out slots.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/populate.hpp>
#include <otp/detail/process_arena.hpp>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

namespace otp::detail {

OTP_DECL process_arena& process_arena::instance() {
  static auto* const arena = new process_arena;
  return *arena;
}

OTP_DECL void process_arena::take(std::vector<std::uint32_t>& slots) {
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < group; ++i) {
    if (!free_.empty()) {
      slots.push_back(free_.back());
      free_.pop_back();
      continue;
    }
    if (!dropped_.empty()) {
      auto& last = dropped_.back();
      slots.push_back(last.first + --last.count);
      if (last.count == 0) dropped_.pop_back();
      continue;
    }
    if (used_ >= opened_) open_more();
    if (used_ % least_run == 0) populate(process::arena + used_, least_run * sizeof(process));
    slots.push_back(static_cast<std::uint32_t>(used_));
    // release: who walks over all slots and sees this one below the mark sees it opened, too.
    high_water_.store(++used_, std::memory_order_release);
  }
  untouched_.taken(free_.size());
}

OTP_DECL void process_arena::give(std::vector<std::uint32_t>& slots, std::size_t count) {
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < count; ++i) {
    free_.push_back(slots.back());
    slots.pop_back();
  }
  changed_.store(true, std::memory_order_relaxed);
}

OTP_DECL void process_arena::give_back() {
  std::vector<std::uint32_t> free;
  std::size_t unused = 0;
  {
    const std::lock_guard lock{mutex_};
    unused = untouched_.look(free_.size());
    changed_.store(unused < free_.size(), std::memory_order_relaxed);
    if (unused < least_free || unused <= fruitless_ + fruitless_ / 4) return;
    free.swap(free_);  // meanwhile others take slots that were never used
  }
  auto kept = drop_runs(free, unused);
  const std::lock_guard lock{mutex_};
  fruitless_ = kept.size() == free.size() ? unused : 0;
  kept.insert(kept.end(), free_.begin(), free_.end());
  free_ = std::move(kept);
}

// Returns those that keep their memory.
OTP_DECL std::vector<std::uint32_t> process_arena::drop_runs(const std::vector<std::uint32_t>& free,
                                                             std::size_t most) {
  std::vector<bool> is_free(high_water());
  for (const auto slot : free) is_free[slot] = true;
  std::vector<run> dropped;
  for (std::size_t end = 0; most != 0 && end < is_free.size();) {
    const auto first = static_cast<std::size_t>(
        std::find(is_free.begin() + static_cast<std::ptrdiff_t>(end), is_free.end(), true) -
        is_free.begin());
    end = first;
    while (end < is_free.size() && end - first < most && is_free[end]) ++end;
    if (end - first < least_run) continue;
    // A free slot, all of it zeros or some, is a free slot: a late look at it finds nobody, as before.
    const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
    const auto begin =
        (reinterpret_cast<std::uintptr_t>(process::arena + first) + page - 1) / page * page;
    const auto stop = reinterpret_cast<std::uintptr_t>(process::arena + end) / page * page;
    ::madvise(reinterpret_cast<void*>(begin), stop - begin, MADV_DONTNEED);
    dropped.push_back({static_cast<std::uint32_t>(first), static_cast<std::uint32_t>(end - first)});
    for (auto slot = first; slot != end; ++slot) is_free[slot] = false;
    most -= end - first;
  }
  std::vector<std::uint32_t> kept;
  for (const auto slot : free) {
    if (is_free[slot]) kept.push_back(slot);
  }
  const std::lock_guard lock{mutex_};
  dropped_.insert(dropped_.end(), dropped.begin(), dropped.end());
  return kept;
}

OTP_DECL process_arena::process_arena() {
  // Readable, so that a look at any slot finds nobody; memory is only used once it is opened.
  void* const memory = ::mmap(nullptr, capacity * sizeof(process), PROT_READ,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc{};
  process::arena = static_cast<process*>(memory);
  ::madvise(memory, capacity * sizeof(process), MADV_NOHUGEPAGE);
}

OTP_DECL void process_arena::open_more() {
  if (opened_ == capacity) throw std::bad_alloc{};
  // Zeroed pages are closed slots: word 0 is a closed mailbox, serial 0 is nobody.
  if (::mprotect(process::arena + opened_, step * sizeof(process), PROT_READ | PROT_WRITE) != 0) {
    throw std::bad_alloc{};
  }
  opened_ += step;
}

}  // namespace otp::detail
