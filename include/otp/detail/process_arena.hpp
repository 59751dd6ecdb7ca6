// Where process slots live: one process-wide reservation that is never given back, so that a slot's
// address is a multiplication and a stale pid points at memory that is still a slot. It is an
// allocator, not state: it outlives every runtime.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/low_water_mark.hpp>
#include <otp/detail/process.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace otp::detail {

class OTP_VISIBLE process_arena {
 public:
  static constexpr std::size_t capacity = std::size_t{1} << 24;  ///< Processes alive at once.
  static constexpr std::size_t step = (std::size_t{64} << 20) / sizeof(process);

  /// Slots taken and returned in groups, so that the lock is rare.
  static constexpr std::size_t group = 64;

  static process& at(std::uint32_t slot) noexcept { return process::arena[slot]; }

  /// The process that `id` names, or null when it is gone or never was: a pid may be made up or
  /// come from another node. It may die at any moment after.
  static process* find(const pid& id) noexcept {
    if (!id || id.node != 0 || id.slot >= capacity) return nullptr;
    process& p = at(id.slot);
    return p.serial.load(std::memory_order_relaxed) == id.serial ? &p : nullptr;
  }

  /// Whether `id` can still be sent to; false before anyone is told of its end.
  static bool is_there(const pid& id) noexcept {
    if (!id || id.node != 0 || id.slot >= capacity) return false;
    const process& p = at(id.slot);
    // step: slots.there.word: an open mailbox, perhaps of who has the slot now: then acquire shows
    // the serial of that one. Read the other way round, the slot could change hands in between.
    if (p.word.load(std::memory_order_acquire) == 0) return false;
    return p.serial.load(std::memory_order_relaxed) == id.serial;  // step: slots.there.serial
  }

  static process_arena& instance();

  /// Adds up to `group` free slots to `slots`. Fails with std::bad_alloc at `capacity`.
  void take(std::vector<std::uint32_t>& slots);

  /// Takes back `count` slots from the end of `slots`.
  void give(std::vector<std::uint32_t>& slots, std::size_t count);

  /// Whether slots were given back here since the last `give_back`, or some were then too new.
  bool has_changed() const noexcept { return changed_.load(std::memory_order_relaxed); }

  /// Gives the memory of slots that were free since the last call back to the system, where many lie
  /// side by side. They can be taken as before. Not to be called by two threads at once.
  void give_back();

  /// One past the highest slot ever used, for whoever walks over all processes.
  std::uint32_t high_water() const noexcept {
    return static_cast<std::uint32_t>(high_water_.load(std::memory_order_acquire));
  }

 private:
  // Free slots side by side whose memory was given back.
  struct run {
    std::uint32_t first;
    std::uint32_t count;
  };
  static constexpr std::size_t least_run = 256;  // 64 KiB: less is not worth a system call
  static constexpr std::size_t least_free = 16 * least_run;

  process_arena();

  std::vector<std::uint32_t> drop_runs(const std::vector<std::uint32_t>& free, std::size_t most);
  void open_more();

  std::mutex mutex_;
  std::vector<std::uint32_t> free_;
  std::vector<run> dropped_;
  low_water_mark untouched_;   // of free_
  std::size_t fruitless_ = 0;  // so many were free when the last look found no runs among them
  std::atomic<bool> changed_{false};
  std::size_t opened_ = 0;
  std::size_t used_ = 1;  // slot 0 is nobody's
  std::atomic<std::size_t> high_water_{1};
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/process_arena_impl.hpp>
#endif
