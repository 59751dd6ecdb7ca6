// One timer of send_after. Cells are type-stable: a timer_ref may be used for ever, and finds out
// by the serial that its timer is over. One CAS decides between firing and cancelling (P-090 to
// P-093), so both can be asked from any thread; the worker that owns the wheel unlinks later.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/process_arena.hpp>
#include <otp/detail/wait.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace otp::detail {

/// What few timers have.
struct rare_timer {
  std::string target_name;     ///< Not empty: its holder is found when the timer fires.
  std::int64_t interval = 0;  ///< Not 0: it fires again and again, and sends copies of the message.
  envelope* (*copy)(const envelope&) = nullptr;
};

/// Two cache lines: the first one is what arming, firing and cancelling touch most.
struct alignas(64) timer_cell : wheel_entry {
  enum phase : std::uint64_t { over = 0, in_transit = 1, armed = 2, cancelled = 3, dropped = 4 };
  static constexpr unsigned phase_bits = 3;

  std::atomic<std::uint64_t> state{0};  ///< serial << phase_bits | phase
  envelope* message = nullptr;
  std::atomic<std::uint64_t> target_serial{0};  ///< 0: the target is a name, or a callback.
  std::atomic<std::uint32_t> target_slot{0};
  std::atomic<std::int64_t> due_at{0};
  std::atomic<worker*> owner{nullptr};
  timer_cell* next_handed_over = nullptr;
  void (*callback)(void*) = nullptr;  ///< Instead of a message; runs on the owner, may not wait.
  void* context = nullptr;
  std::unique_ptr<rare_timer> rare;

  rare_timer& make_rare() {
    if (!rare) rare = std::make_unique<rare_timer>();
    return *rare;
  }

  static phase phase_of(std::uint64_t s) noexcept {
    return static_cast<phase>(s & ((1U << phase_bits) - 1));
  }
  static std::uint64_t serial_of(std::uint64_t s) noexcept { return s >> phase_bits; }

  /// Of the timer that it is now, or will be when it is armed.
  std::uint64_t serial() const noexcept { return serial_of(state.load(std::memory_order_acquire)); }

  /// Moves from `from` to `to` if the timer still is `serial`.
  bool advance(std::uint64_t serial, phase from, phase to) noexcept {
    auto expected = serial << phase_bits | from;
    return state.compare_exchange_strong(expected, serial << phase_bits | to,
                                         std::memory_order_acq_rel, std::memory_order_acquire);
  }

  /// The owner's turn for a cell that another thread armed or cancelled.
  void adopted(worker& here);

  /// Owner only; the cell may be reused at once.
  void release() noexcept;

  static void fire_cell(wheel_entry& entry, worker&);
  /// Fires an interval, and arms it again.
  void fire_again(worker& here);
};
static_assert(sizeof(timer_cell) == 128);

/// Cells are never given back to the system: process-wide, an allocator. Thread-safe.
class OTP_VISIBLE timer_cells {
 public:
  /// Cells taken and returned by workers in groups, so that the lock is rare.
  static constexpr std::size_t group = 64;

  static timer_cells& instance();

  /// A cell of nobody: one that the worker keeps, if a worker asks. Fails with std::bad_alloc.
  timer_cell& take();
  void give(timer_cell& cell) noexcept;

  /// Adds a group to `cells`. Fails with std::bad_alloc.
  void take(std::vector<timer_cell*>& cells);
  /// Takes back `count` from the end of `cells`.
  void give(std::vector<timer_cell*>& cells, std::size_t count) noexcept;

  /// Who cancels a timer of another worker holds this while it does; so does a worker that goes,
  /// while it ends its timers. So nobody hands a cell over to a worker that is no more.
  std::mutex& cancelling(const worker* owner) noexcept;

  /// Timers that are armed or on their way to a worker.
  std::size_t in_use() const;

 private:
  static constexpr std::size_t chunk = 8 * group;

  void open_chunk();

  std::array<std::mutex, 16> cancelling_;  // each for some workers, by their addresses
  mutable std::mutex mutex_;
  std::vector<timer_cell*> free_;
  std::vector<timer_cell*> chunks_;  // their first ones
};

struct armed_timer {
  timer_cell* cell;
  std::uint64_t serial;
  friend bool operator==(const armed_timer&, const armed_timer&) = default;
};

/// Arms a cell, already filled in, to fire `delay` nanoseconds from now.
armed_timer arm_cell(runtime_core& core, timer_cell& cell, std::int64_t delay);

/// Arms a timer that puts `message` into the mailbox of `p`, `delay` nanoseconds from now.
inline armed_timer arm_message(process& p, envelope& message, std::int64_t delay) {
  auto& cell = timer_cells::instance().take();
  cell.message = &message;
  cell.target_slot.store(p.slot(), std::memory_order_relaxed);
  cell.target_serial.store(p.id().serial, std::memory_order_relaxed);
  return arm_cell(p.core(), cell, delay);
}

/// Nanoseconds left, or nothing when it has fired, was cancelled, or its target is gone.
std::optional<std::int64_t> time_left(const armed_timer& timer, std::int64_t now);

/// As time_left; after a value the timer never fires.
std::optional<std::int64_t> cancel_cell(const armed_timer& timer, std::int64_t now);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/timer_cell_impl.hpp>
#endif
