// Where process slots live: one process-wide reservation that is never given back, so that a slot's
// address is a multiplication and a stale pid points at memory that is still a slot. It is an
// allocator, not state: it outlives every runtime.
#pragma once

#include <otp/detail/process.hpp>

#include <sys/mman.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <vector>

namespace otp::detail {

class process_arena {
 public:
  static constexpr std::size_t capacity = std::size_t{1} << 24;  ///< Processes alive at once.
  static constexpr std::size_t step = (std::size_t{64} << 20) / sizeof(process);

  /// Slots taken and returned in groups, so that the lock is rare.
  static constexpr std::size_t group = 64;

  static process& at(std::uint32_t slot) noexcept { return base[slot]; }

  /// The process that `id` names, or null when it is gone or never was: a pid may be made up or
  /// come from another node. It may die at any moment after.
  static process* find(const pid& id) noexcept {
    if (!id || id.node != 0 || id.slot >= capacity) return nullptr;
    process& p = at(id.slot);
    return p.serial.load(std::memory_order_relaxed) == id.serial ? &p : nullptr;
  }

  /// Whether `id` can still be sent to; false before anyone is told of its end.
  static bool is_there(const pid& id) noexcept {
    const process* const p = find(id);
    return p != nullptr && p->word.load(std::memory_order_acquire) != 0;
  }

  static process_arena& instance() {
    static auto* const arena = new process_arena;
    return *arena;
  }

  /// Adds up to `group` free slots to `slots`. Fails with std::bad_alloc at `capacity`.
  void take(std::vector<std::uint32_t>& slots) {
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

  /// Takes back `count` slots from the end of `slots`.
  void give(std::vector<std::uint32_t>& slots, std::size_t count) {
    const std::lock_guard lock{mutex_};
    for (std::size_t i = 0; i < count; ++i) {
      free_.push_back(slots.back());
      slots.pop_back();
    }
  }

  /// One past the highest slot ever used, for whoever walks over all processes.
  std::uint32_t high_water() const noexcept {
    return static_cast<std::uint32_t>(high_water_.load(std::memory_order_acquire));
  }

 private:
  process_arena() {
    // Readable, so that a look at any slot finds nobody; memory is only used once it is opened.
    void* const memory = ::mmap(nullptr, capacity * sizeof(process), PROT_READ,
                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    base = static_cast<process*>(memory);
    ::madvise(memory, capacity * sizeof(process), MADV_NOHUGEPAGE);
  }

  void open_more() {
    if (opened_ == capacity) throw std::bad_alloc{};
    // Zeroed pages are closed slots: word 0 is a closed mailbox, serial 0 is nobody.
    if (::mprotect(base + opened_, step * sizeof(process), PROT_READ | PROT_WRITE) != 0) {
      throw std::bad_alloc{};
    }
    opened_ += step;
  }

  // Set once, before the first pid exists.
  OTP_VISIBLE static inline constinit process* base = nullptr;

  std::mutex mutex_;
  std::vector<std::uint32_t> free_;
  std::size_t opened_ = 0;
  std::size_t used_ = 1;  // slot 0 is nobody's
  std::atomic<std::size_t> high_water_{1};
};

}  // namespace otp::detail
