// Talking to a server: `call`, `try_call`, `cast`, `stop`.
//
//     int n = otp::call(counter, my::counter::get{});            // waits; 5 s by default
//     auto r = otp::try_call(counter, my::counter::get{}, 100ms);  // a result instead of an exception
//     otp::cast(counter, my::counter::reset{});                   // never waits, never fails
#pragma once

#include <otp/detail/await_answer.hpp>
#include <otp/detail/request.hpp>
#include <otp/infinity.hpp>
#include <otp/message.hpp>
#include <otp/result.hpp>
#include <otp/server_ref.hpp>

#include <chrono>
#include <concepts>
#include <type_traits>
#include <utility>

namespace otp {

/// How long a call waits by default (G-026).
inline constexpr std::chrono::nanoseconds default_call_timeout = std::chrono::seconds{5};

/// A server_ref, or an otp::name of a server.
template <class T>
concept server_address = requires { typename T::server_type; };

/// A message that is answered: `M::reply` says with what.
template <class M>
concept request = requires { typename M::reply; } && sendable<M>;

/// Asks the server and returns its reply, or the reason why there is none: what the server ended
/// with (G-031 to G-035), `noproc` (G-028, G-029), `timeout` (G-023), or a deadlock for a call to
/// oneself (G-030) and for one that closes a circle of calls. The reason is wrapped with what was
/// called: see exit_reason::root.
///
/// A deadlock is found when the last call of the circle is made, also if the calls have timeouts, and
/// only that one fails; of several that are made at the same time, one, whichever looks first. Its
/// request is still handled later, like one that timed out. Calls of plain threads, and those whose
/// answer is owed through an otp::from, are in no circle.
///
/// In a process it suspends the process; on a plain thread it blocks the thread. After a timeout
/// the server still handles the request (G-025), and its late reply is dropped (G-024). A timeout
/// is never early, and late by a fraction of a millisecond.
/// Throws std::logic_error inside an Asio handler on a scheduler thread, where waiting is impossible.
template <server_address A, request M>
[[gnu::always_inline]] inline result<reply_of<M>> try_call(
    const A& server, M message, std::chrono::nanoseconds timeout = default_call_timeout) {
  using S = typename A::server_type;
  detail::require_handles_call<S, M>();
  return detail::perform_call<S>(server, std::move(message), timeout);
}

/// As try_call; throws exit_error with the reason. Uncaught in a process, it ends that process with
/// it, as in OTP.
template <server_address A, request M>
reply_of<M> call(const A& server, M message,
                 std::chrono::nanoseconds timeout = default_call_timeout) {
  auto answer = try_call(server, std::move(message), timeout);
  if (!answer) throw exit_error{std::move(answer).error()};
  if constexpr (!std::is_void_v<reply_of<M>>) return *std::move(answer);
}

/// Sends a message to a server without waiting. Never fails, also when the server is gone (G-038).
/// Only a server that was started with a limit for its mailbox may refuse it or let the sender wait
/// (otp/mailbox.hpp).
template <server_address A, sendable M>
void cast(const A& server, M message) {
  using S = typename A::server_type;
  detail::require_handles_cast<S, M>();
  const auto target = detail::address_of(server, "otp::cast");
  auto* const p = detail::process_arena::find(target);
  if (p == nullptr) return;
  detail::deliver_message(*p, *detail::make_envelope<detail::cast_envelope<S, M>>(
                                  target.serial, std::move(message)));
}

/// Asks a server to stop with `why`, after what is queued before (G-077), and waits until it is gone
/// (G-072). Its `terminate` runs. Throws exit_error when the server ended with another reason
/// (G-074), was not there (`noproc`, G-075), or did not end within `timeout`; the request then stays
/// queued (G-076).
template <server_address A>
void stop(const A& server, exit_reason why, std::chrono::nanoseconds timeout = infinity) {
  detail::perform_stop(detail::address_of(server, "otp::stop"), detail::describe_address(server),
                       std::move(why), timeout);
}
template <server_address A>
void stop(const A& server) {
  stop(server, reason::normal);
}
/// As above, for any server process, by pid.
void stop(const pid& server, exit_reason why = reason::normal,
          std::chrono::nanoseconds timeout = infinity);

// ---- messages that cannot be sent: the same functions, to say why

template <server_address A, class M, class... More>
  requires(!request<M>)
void try_call(const A&, const M&, const More&...) {
  detail::require_request<M>();
}
template <server_address A, class M, class... More>
  requires(!request<M>)
void call(const A&, const M&, const More&...) {
  detail::require_request<M>();
}
template <server_address A, class M>
  requires(!sendable<M> && std::is_object_v<M>)
void cast(const A&, const M&) {
  detail::require_sendable<M>();
}

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/call_impl.hpp>
#endif
