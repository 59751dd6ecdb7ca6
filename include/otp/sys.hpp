// Looking into a server from outside, for people and tests: `otp::sys::get_state`,
// `otp::sys::replace_state`, `otp::sys::suspend`, `otp::sys::resume`.
//
//     fmt::print("{}\n", otp::sys::get_state(ref));                 // what format_status says
//     otp::sys::replace_state(ref, [](const counter& old) { return counter{old.count() + 1}; });
#pragma once

#include <otp/call.hpp>
#include <otp/detail/request.hpp>
#include <otp/pid.hpp>
#include <otp/server_ref.hpp>

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <string>
#include <type_traits>
#include <utility>

namespace otp::sys {

/// Returns the state of a server as text: what its `format_status` returns, else what fmt makes of
/// it, else only the name of its class. Of a gen_statem: `{state, data}` (S-044).
///
/// The request waits its turn in the mailbox (Y-001). It does not count as activity of the server,
/// but restarts a running inactivity timeout (G-057). Throws exit_error: noproc when nobody is there
/// (Y-014), `timeout`, the server's exit reason, or the exception that `format_status` failed with,
/// which does not harm the server. A process that is no server does not answer.
/// In a process or on a plain thread, like otp::call.
template <server_address A>
std::string get_state(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  return otp::detail::perform_system_request<otp::detail::describe_request>(
      otp::detail::address_of(server, "otp::sys::get_state"), otp::detail::describe_address(server),
      "sys::get_state", timeout);
}
/// As above, by pid, for servers of any class.
inline std::string get_state(const pid& server,
                             std::chrono::nanoseconds timeout = default_call_timeout) {
  return otp::detail::perform_system_request<otp::detail::describe_request>(
      server, otp::detail::pid_text(server), "sys::get_state", timeout);
}

/// What gives the next state and data of the machine `S`, a gen_statem.
template <class F, class S>
concept machine_change = otp::detail::is_machine<S> &&
    requires(F& change, const typename S::state& state, const S& old) {
  { change(state, old) } -> std::same_as<std::pair<typename S::state, S>>;
};

/// What gives the next state of a server of the class `S`.
template <class F, class S>
concept state_change = std::move_constructible<F> &&
    (machine_change<F, S> || requires(F & change, const S& old) {
      { change(old) } -> std::same_as<S>;
    });

/// Runs `change` in the server, installs the state that it returns (Y-002), and returns that as
/// `get_state` would. For repairs by hand, and to bring a server into a state in a test.
///
/// `change` gets the old state and returns the next one, so if it fails the server keeps the old one
/// and lives (Y-003). For a gen_statem it may get the state and the data, and return a pair of both;
/// nothing else happens then: no enter call, no postponed event. The class must be move-assignable. Waits its turn, and fails, as get_state.
/// Object lifetimes: `change` is moved into the request, which is still carried out after a timeout:
/// it must own what it uses.
template <server_address A, state_change<typename A::server_type> F>
std::string replace_state(const A& server, F change,
                          std::chrono::nanoseconds timeout = default_call_timeout) {
  using S = typename A::server_type;
  static_assert(std::is_move_assignable_v<S>,
                "otp::sys::replace_state: the server's class has no move assignment, so its state "
                "cannot be replaced: define `operator=(S&&)`");
  return otp::detail::perform_system_request<otp::detail::replace_request<S, F>>(
      otp::detail::address_of(server, "otp::sys::replace_state"),
      otp::detail::describe_address(server), "sys::replace_state", timeout, std::move(change));
}

/// Suspends a server: from now on it handles only system requests, otp::stop and the exit of its
/// parent; everything else waits (Y-004, Y-007, Y-008), so calls to it time out. Suspending it again
/// changes nothing (Y-006). Waits its turn, and fails, as get_state.
template <server_address A>
void suspend(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::perform_system_request<otp::detail::suspend_request>(
      otp::detail::address_of(server, "otp::sys::suspend"), otp::detail::describe_address(server),
      "sys::suspend", timeout, true);
}
/// As above, by pid.
inline void suspend(const pid& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::perform_system_request<otp::detail::suspend_request>(
      server, otp::detail::pid_text(server), "sys::suspend", timeout, true);
}

/// Lets a suspended server go on: it first handles what came meanwhile, in the order in which it came
/// (Y-005). Fails as get_state.
template <server_address A>
void resume(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::perform_system_request<otp::detail::suspend_request>(
      otp::detail::address_of(server, "otp::sys::resume"), otp::detail::describe_address(server),
      "sys::resume", timeout, false);
}
/// As above, by pid.
inline void resume(const pid& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::perform_system_request<otp::detail::suspend_request>(
      server, otp::detail::pid_text(server), "sys::resume", timeout, false);
}

}  // namespace otp::sys
