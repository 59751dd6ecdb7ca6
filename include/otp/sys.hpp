// Looking into a server from outside, for people and tests: its state and status, and the events of
// its work. On every behaviour: gen_server, gen_statem, agent, registry, and the supervisors.
//
//     fmt::print("{}\n", otp::sys::get_state(ref));            // what format_status says
//     otp::sys::replace_state(ref, [](const counter& old) { return counter{old.count() + 1}; });
//     otp::sys::trace(ref, otp::sys::on);                      // *DBG* counter got counter::add
//
// All functions take a server_ref, a name, a via or a pid. Each sends a request that waits its turn
// in the server's mailbox, behind what was sent before (Y-001), and waits for the answer: 5
// seconds, if no `timeout` is given. They throw exit_error: `noproc` when nobody is there (Y-014),
// `timeout` when the server is busy (Y-015), the server's exit reason when it ends first. The
// requests are no events and no activity of the server, but restart a running inactivity timeout
// (G-057). A process that is no server does not answer. In a process or on a plain thread, like
// otp::call.
#pragma once

#include <otp/call.hpp>
#include <otp/detail/debugger.hpp>
#include <otp/detail/request.hpp>
#include <otp/detail/system_request.hpp>
#include <otp/pid.hpp>
#include <otp/server_ref.hpp>
#include <otp/server_status.hpp>

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp::detail {

std::string sys_get_state(const system_target& target);
server_status sys_get_status(const system_target& target);
void sys_suspend(const system_target& target, bool suspended);
void sys_statistics(const system_target& target, bool on);
std::optional<server_statistics> sys_get_statistics(const system_target& target);
void sys_log(const system_target& target, std::size_t size);
std::vector<system_event> sys_get_log(const system_target& target);
void sys_print_log(const system_target& target);
void sys_trace(const system_target& target, bool on);
bool sys_install(const system_target& target, std::unique_ptr<debug_function> function);
bool sys_remove(const system_target& target, std::string id);
void sys_no_debug(const system_target& target);

}  // namespace otp::detail

namespace otp::sys {

/// Whether something is to be done from now on.
enum class toggle : bool { off, on };
using enum toggle;

/// What a debug function wants: more events, or no more.
enum class debug_result : bool { done, keep };

/// Where a server is found: by reference, name, `via`, or pid.
template <class A>
concept address = server_address<A> || std::same_as<A, pid>;

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

/// What can be installed as a debug function: returns nothing, or whether it wants more.
template <class F>
concept debug_handler = std::move_constructible<F> && requires(F& f, const system_event& event) {
  requires std::same_as<decltype(f(event)), void> ||
      std::same_as<decltype(f(event)), debug_result>;
};

}  // namespace otp::sys

namespace otp::detail {

template <sys::debug_handler F>
class held_debug_function final : public debug_function {
 public:
  held_debug_function(std::string id, F function)
      : debug_function{std::move(id)}, function_(std::move(function)) {}

  bool call(const system_event& event) override {
    if constexpr (std::is_void_v<decltype(function_(event))>) {
      function_(event);
      return true;
    } else {
      return function_(event) == sys::debug_result::keep;
    }
  }

 private:
  F function_;
};

}  // namespace otp::detail

namespace otp::sys {

// ---- the state

/// Returns the state of a server as text: what its `format_status` returns, else what fmt makes of
/// it, else only the name of its class. Of a gen_statem: `{state, data}` (S-044). Throws as well
/// what `format_status` failed with, which does not harm the server.
template <address A>
std::string get_state(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  return otp::detail::sys_get_state(
      otp::detail::target_of(server, "otp::sys::get_state", timeout));
}

/// Runs `change` in the server, installs the state that it returns (Y-002), and returns that as
/// `get_state` would. For repairs by hand, and to bring a server into a state in a test.
///
/// `change` gets the old state and returns the next one, so if it fails the server keeps the old
/// one and lives (Y-003), and its failure is thrown here. For a gen_statem it may get the state and
/// the data, and return a pair of both; nothing else happens then: no enter call, no postponed
/// event. The class must be move-assignable. Object lifetimes: `change` is moved into the request,
/// which is still carried out after a timeout: it must own what it uses.
template <server_address A, state_change<typename A::server_type> F>
std::string replace_state(const A& server, F change,
                          std::chrono::nanoseconds timeout = default_call_timeout) {
  using S = typename A::server_type;
  static_assert(std::is_move_assignable_v<S>,
                "otp::sys::replace_state: the server's class has no move assignment, so its state "
                "cannot be replaced: define `operator=(S&&)`");
  return otp::detail::perform(
      otp::detail::target_of(server, "otp::sys::replace_state", timeout),
      [change = std::move(change)](otp::detail::process& p) mutable {
        if (p.behaviour->serves() != otp::detail::type_tag<S>()) {
          throw exit_error{otp::detail::not_a(detail::type_name<S>())};
        }
        static_cast<otp::detail::behaviour_of<S>&>(*p.behaviour).replace_state(change);
        return p.behaviour->describe();
      });
}

/// Returns what a server is, whether it is suspended, its state, and what is set up in it (Y-013).
/// Throws as get_state.
template <address A>
server_status get_status(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  return otp::detail::sys_get_status(
      otp::detail::target_of(server, "otp::sys::get_status", timeout));
}

// ---- stopping for a while

/// Suspends a server: from now on it handles only system requests, otp::stop and the exit of its
/// parent; everything else waits (Y-004, Y-007, Y-008), so calls to it time out. Suspending it
/// again changes nothing (Y-006).
template <address A>
void suspend(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::sys_suspend(otp::detail::target_of(server, "otp::sys::suspend", timeout), true);
}

/// Lets a suspended server go on: it first handles what came meanwhile, in the order in which it
/// came (Y-005).
template <address A>
void resume(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::sys_suspend(otp::detail::target_of(server, "otp::sys::resume", timeout), false);
}

// ---- watching

/// Begins to count, from zero, or stops (Y-009). Beginning again changes nothing.
template <address A>
void statistics(const A& server, toggle state,
                std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::sys_statistics(otp::detail::target_of(server, "otp::sys::statistics", timeout),
                              state == on);
}

/// Returns what was counted (Y-009); nothing when the statistics are off (Y-010).
template <address A>
std::optional<server_statistics> get_statistics(
    const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  return otp::detail::sys_get_statistics(
      otp::detail::target_of(server, "otp::sys::get_statistics", timeout));
}

/// From now on remembers the last `size` events (Y-011); zero forgets them all. A message and the
/// state or reply that it led to are two events.
///
/// The state becomes text at each event, by `format_status` if there is one: that takes time. The
/// same holds for `trace` and `install`, not for `statistics`.
template <address A>
void log(const A& server, std::size_t size,
         std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::sys_log(otp::detail::target_of(server, "otp::sys::log", timeout), size);
}

/// As above: `on` is ten events, `off` is none.
template <address A>
void log(const A& server, toggle state, std::chrono::nanoseconds timeout = default_call_timeout) {
  log(server, std::size_t{state == on ? 10U : 0U}, timeout);
}

/// Returns the events that `log` has remembered, the oldest first; none when it is off.
template <address A>
std::vector<system_event> get_log(const A& server,
                                  std::chrono::nanoseconds timeout = default_call_timeout) {
  return otp::detail::sys_get_log(otp::detail::target_of(server, "otp::sys::get_log", timeout));
}

/// Prints those events to standard output, as `trace` does.
template <address A>
void print_log(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::sys_print_log(otp::detail::target_of(server, "otp::sys::print_log", timeout));
}

/// Prints each event to standard output from now on, a line that begins with `*DBG*` and the
/// server's name or pid; or stops.
template <address A>
void trace(const A& server, toggle state, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::sys_trace(otp::detail::target_of(server, "otp::sys::trace", timeout), state == on);
}

/// Calls `function` with every event from now on, until it is removed or returns
/// `debug_result::done` (Y-012); in the server's process, which waits for it. If it throws it is
/// removed, with a warning in the log. Returns whether it was installed: not if the server has
/// another of that id. Object lifetimes: as for replace_state; it is destroyed by the server.
template <address A, debug_handler F>
bool install(const A& server, std::string id, F function,
             std::chrono::nanoseconds timeout = default_call_timeout) {
  return otp::detail::sys_install(
      otp::detail::target_of(server, "otp::sys::install", timeout),
      std::make_unique<otp::detail::held_debug_function<F>>(std::move(id), std::move(function)));
}

/// Removes a debug function. Returns whether there was one of that id.
template <address A>
bool remove(const A& server, std::string id,
            std::chrono::nanoseconds timeout = default_call_timeout) {
  return otp::detail::sys_remove(otp::detail::target_of(server, "otp::sys::remove", timeout),
                                 std::move(id));
}

/// Ends all watching: statistics, log, trace and debug functions.
template <address A>
void no_debug(const A& server, std::chrono::nanoseconds timeout = default_call_timeout) {
  otp::detail::sys_no_debug(otp::detail::target_of(server, "otp::sys::no_debug", timeout));
}

}  // namespace otp::sys

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/sys_impl.hpp>
#endif
