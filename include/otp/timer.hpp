// Messages that are sent later: `otp::send_after`.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/message.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace otp {

/// Names one timer; may be kept and used from any thread for ever. The default value names none.
class timer_ref {
 public:
  timer_ref() = default;
  explicit timer_ref(const detail::armed_timer& timer) noexcept : timer_{timer} {}
  const detail::armed_timer& handle() const noexcept { return timer_; }
  explicit operator bool() const noexcept { return timer_.cell != nullptr; }

 private:
  detail::armed_timer timer_{nullptr, 0};
};

namespace detail {

template <class M>
timer_cell& prepare_timer(std::chrono::nanoseconds delay, M&& message) {
  static_assert(sendable<std::remove_cvref_t<M>>,
                "a message may not hold references, raw pointers, string_view or span");
  if (delay.count() < 0) {
    throw std::invalid_argument{
        "otp::send_after: the delay is negative; give a duration of zero or more"};  // P-102
  }
  auto& cell = timer_cells::instance().take();
  cell.message =
      make_envelope<message_envelope<std::remove_cvref_t<M>>>(std::uint64_t{0}, std::forward<M>(message));
  return cell;
}

}  // namespace detail

/// Sends `message` to `to` after at least `delay` (P-089). The timer is independent of who made it
/// (P-096) and is dropped when `to` ends (P-095). Zero still goes through the mailbox (P-101).
/// Timers of one worker fire in order of their due times (P-099), equal ones in order of arming.
/// Throws std::invalid_argument for a negative delay (P-102).
template <class M>
timer_ref send_after(std::chrono::nanoseconds delay, const pid& to, M message) {
  auto& core = detail::current_core("otp::send_after");
  auto& cell = detail::prepare_timer(delay, std::move(message));
  cell.target_slot.store(to.slot, std::memory_order_relaxed);
  cell.target_serial.store(to.serial, std::memory_order_relaxed);
  return timer_ref{detail::arm_cell(core, cell, delay.count())};
}

/// As above, to whoever holds `name` when it fires (P-097); lost when nobody does (P-098).
template <class M>
timer_ref send_after(std::chrono::nanoseconds delay, std::string_view name, M message) {
  auto& core = detail::current_core("otp::send_after");
  auto& cell = detail::prepare_timer(delay, std::move(message));
  cell.target_serial.store(0, std::memory_order_relaxed);
  cell.target_name = std::make_unique<std::string>(name);
  return timer_ref{detail::arm_cell(core, cell, delay.count())};
}

/// Stops a timer, from any process (P-103). Returns the time that was left, and then the message
/// never comes (P-090, P-093); nothing when it has fired, was cancelled before, or its target has
/// ended (P-091, P-092).
std::optional<std::chrono::nanoseconds> cancel_timer(const timer_ref& timer);

/// The time that is left, or nothing, as for cancel_timer; the timer goes on (P-094).
std::optional<std::chrono::nanoseconds> read_timer(const timer_ref& timer);

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/timer_impl.hpp>
#endif
