// How the arena takes memory, and gives out slots.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/process_arena.hpp>

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
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
    if (used_ >= opened_) open_more();
    slots.push_back(static_cast<std::uint32_t>(used_));
    high_water_.store(++used_, std::memory_order_release);
  }
}

OTP_DECL void process_arena::give(std::vector<std::uint32_t>& slots, std::size_t count) {
  const std::lock_guard lock{mutex_};
  for (std::size_t i = 0; i < count; ++i) {
    free_.push_back(slots.back());
    slots.pop_back();
  }
}

OTP_DECL process_arena::process_arena() {
  // Readable, so that a look at any slot finds nobody; memory is only used once it is opened.
  void* const memory = ::mmap(nullptr, capacity * sizeof(process), PROT_READ,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw std::bad_alloc{};
  base = static_cast<process*>(memory);
  ::madvise(memory, capacity * sizeof(process), MADV_NOHUGEPAGE);
}

OTP_DECL void process_arena::open_more() {
  if (opened_ == capacity) throw std::bad_alloc{};
  // Zeroed pages are closed slots: word 0 is a closed mailbox, serial 0 is nobody.
  if (::mprotect(base + opened_, step * sizeof(process), PROT_READ | PROT_WRITE) != 0) {
    throw std::bad_alloc{};
  }
  opened_ += step;
}

}  // namespace otp::detail
