// Messages that are sent later: `otp::send_after`, `otp::start_timer`, `otp::send_interval`.
//
//     retry_ = otp::start_timer(1s, otp::this_process::self(), again{});
//     ...
//     void handle_info(otp::timeout_of<again> t) {
//       if (t.ref == retry_) retry();  // else it is of a timer that was replaced meanwhile
//     }
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/message.hpp>
#include <otp/pid.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace otp {

/// Names one timer; may be kept, compared, sent, and used from any thread for ever. The default
/// value names none.
class OTP_VISIBLE timer_ref {
 public:
  timer_ref() = default;
  explicit timer_ref(const detail::armed_timer& timer) noexcept : timer_{timer} {}
  const detail::armed_timer& handle() const noexcept { return timer_; }
  explicit operator bool() const noexcept { return timer_.cell != nullptr; }

  friend bool operator==(const timer_ref&, const timer_ref&) = default;

 private:
  detail::armed_timer timer_{nullptr, 0};
};

/// What a timer of `start_timer` delivers. In OTP: `{timeout, Ref, Message}`.
template <class M>
struct OTP_VISIBLE timeout_of {
  timer_ref ref;  ///< What start_timer returned.
  M message;
};

namespace detail {

/// The envelope of a message that is sent later; its address is set when it is.
template <class M, class... A>
message_envelope<M>& timed_envelope(A&&... arguments) {
  return *make_envelope<message_envelope<M>>(std::uint64_t{0}, std::forward<A>(arguments)...);
}

/// A cell that will send `message`, for a timer of `delay`. Throws if that is negative.
timer_cell& prepare_timer(std::string_view operation, std::chrono::nanoseconds delay,
                          owned_envelope message);

inline void aim(timer_cell& cell, const pid& to) {
  cell.target_slot.store(to.slot, std::memory_order_relaxed);
  cell.target_serial.store(to.serial, std::memory_order_relaxed);
}
inline void aim(timer_cell& cell, std::string_view name) {
  cell.target_serial.store(0, std::memory_order_relaxed);
  cell.make_rare().target_name = name;
}

template <class To, class M>
timer_ref send_after_to(std::chrono::nanoseconds delay, const To& to, M&& message) {
  require_sendable<M>();
  auto& core = current_core("otp::send_after");
  auto& cell = prepare_timer("otp::send_after", delay,
                             owned_envelope{&timed_envelope<M>(std::move(message))});
  aim(cell, to);
  return timer_ref{arm_cell(core, cell, delay.count())};
}

template <class To, class M>
timer_ref start_timer_to(std::chrono::nanoseconds delay, const To& to, M&& message) {
  require_sendable<M>();
  auto& core = current_core("otp::start_timer");
  auto& e = timed_envelope<timeout_of<M>>(timeout_of<M>{{}, std::move(message)});
  auto& cell = prepare_timer("otp::start_timer", delay, owned_envelope{&e});
  e.payload.ref = timer_ref{{&cell, cell.serial()}};
  aim(cell, to);
  return timer_ref{arm_cell(core, cell, delay.count())};
}

}  // namespace detail

/// Sends `message` to `to` after at least `delay` (P-089). The timer is independent of who made it
/// (P-096) and is dropped when `to` ends (P-095). Zero still goes through the mailbox (P-101).
/// Timers of one worker fire in order of their due times (P-099), equal ones in order of arming.
/// Throws std::invalid_argument for a negative delay (P-102). In a process, or on a thread that has
/// entered a runtime.
template <class M>
timer_ref send_after(std::chrono::nanoseconds delay, const pid& to, M message) {
  return detail::send_after_to(delay, to, std::move(message));
}

/// As above, to whoever holds `name` when it fires (P-097); lost when nobody does (P-098).
template <class M>
timer_ref send_after(std::chrono::nanoseconds delay, std::string_view name, M message) {
  return detail::send_after_to(delay, name, std::move(message));
}

/// As send_after, but what comes is `timeout_of<M>`, which says of which timer it is (P-104): after
/// a timer was replaced, a late message of the old one can be told apart.
template <class M>
timer_ref start_timer(std::chrono::nanoseconds delay, const pid& to, M message) {
  return detail::start_timer_to(delay, to, std::move(message));
}

/// As above, to whoever holds `name` when it fires.
template <class M>
timer_ref start_timer(std::chrono::nanoseconds delay, std::string_view name, M message) {
  return detail::start_timer_to(delay, name, std::move(message));
}

/// Sends a copy of `message` to `to` again and again, `interval` apart and for the first time after
/// that, until the timer is cancelled or `to` has ended (P-105). The times do not drift: if the
/// worker is late, the next message comes sooner. Throws std::invalid_argument for an interval that
/// is not positive. Messages pile up in the mailbox of a process that does not keep up. Not
/// guaranteed: that none comes after `cancel_timer` has returned; one that is being sent at that
/// moment may. In a process, or on a thread that has entered a runtime.
template <class M>
timer_ref send_interval(std::chrono::nanoseconds interval, const pid& to, M message) {
  detail::require_sendable<M>();
  static_assert(std::copy_constructible<M>,
                "otp::send_interval: each time a copy is sent, so the message must be copyable");
  auto& core = detail::current_core("otp::send_interval");
  if (interval.count() == 0) {
    throw std::invalid_argument{"otp::send_interval: the interval is zero; give a positive one"};
  }
  auto& cell = detail::prepare_timer(
      "otp::send_interval", interval,
      detail::owned_envelope{&detail::timed_envelope<M>(std::move(message))});
  detail::aim(cell, to);
  cell.make_rare().interval = interval.count();
  cell.rare->copy = [](const detail::envelope& e) -> detail::envelope* {
    return &detail::timed_envelope<M>(
        static_cast<const detail::message_envelope<M>&>(e).payload);
  };
  return timer_ref{detail::arm_cell(core, cell, interval.count())};
}

/// Stops a timer, from any process (P-103). Returns the time that was left, and then the message
/// never comes (P-090, P-093; but see send_interval); nothing when it has fired, was cancelled
/// before, or its target has ended (P-091, P-092).
std::optional<std::chrono::nanoseconds> cancel_timer(const timer_ref& timer);

/// The time that is left, or nothing, as for cancel_timer; the timer goes on (P-094).
std::optional<std::chrono::nanoseconds> read_timer(const timer_ref& timer);

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/timer_impl.hpp>
#endif
