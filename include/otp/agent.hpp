// Agents: a value in a process of its own, and functions that are run on it one at a time.
//
//     auto hits = otp::start_link<otp::agent<int>>({.name = "hits"}, [] { return 0; });
//     otp::update(hits, [](int& n) { ++n; });
//     int n = otp::get(hits, [](int n) { return n; });
//     int next = otp::get_and_update(hits, [](int& n) { return n++; });
//
// The functions run in the agent, not in the caller: take what is large out of the value there, and do
// what takes long elsewhere, because everybody else waits meanwhile. What they capture travels to the
// agent and must own its data. A function that throws ends the agent, and with it the value.
// When not to use it: if the operations have names, a gen_server says them better.
//
// Starting, stopping and supervising is that of any server: otp::start<otp::agent<T>>(f),
// otp::child<otp::agent<T>>(f), otp::stop(a), otp::name<otp::agent<T>>{"hits"}.
#pragma once

#include <otp/call.hpp>
#include <otp/detail/agent_requests.hpp>
#include <otp/gen_server.hpp>

#include <chrono>
#include <concepts>
#include <functional>
#include <type_traits>
#include <utility>

namespace otp {

/// The server behind the functions below; its state is one `State`.
template <class State>
class agent : public gen_server<agent<State>> {
 public:
  using state_type = State;

  /// The first state is what `make` returns, in the new process. If it throws, the start fails with
  /// that.
  template <class F>
    requires std::is_invocable_r_v<State, F>
  explicit agent(F make) : state_(std::move(make)()) {}

  template <class F>
  auto handle_call(detail::agent_get<State, F> request) {
    return detail::value_or_done([&] { return request.function(std::as_const(state_)); });
  }
  template <class F>
  auto handle_call(detail::agent_get_and_update<State, F> request) {
    return detail::value_or_done([&] { return request.function(state_); });
  }
  template <class F>
  done handle_call(detail::agent_update<State, F> request) {
    detail::change_state(state_, request.function);
    return {};
  }
  template <class F>
  void handle_cast(detail::agent_cast<State, F> request) {
    detail::change_state(state_, request.function);
  }

 private:
  State state_;
};

/// A server_ref or name of an agent.
template <class A>
concept agent_address = server_address<A> && std::same_as<
    typename A::server_type, agent<typename A::server_type::state_type>>;

/// The state of the agent at `A`.
template <agent_address A>
using state_of = typename A::server_type::state_type;

/// Runs `function(const State&)` in the agent and returns its result. Throws exit_error as
/// `call` does: what the agent ended with, the failure of `function` included; `noproc`;
/// `timeout`, after which the function is still run.
template <agent_address A, class F>
  requires std::invocable<F&, const state_of<A>&>
auto get(const A& target, F function, std::chrono::nanoseconds timeout = default_call_timeout)
    -> std::invoke_result_t<F&, const state_of<A>&> {
  return detail::ask_agent(target, detail::agent_get<state_of<A>, F>{std::move(function)}, "get",
                           timeout);
}

/// Changes the state in the agent: with `void function(State&)` in place, with `State function(State)`
/// to what that returns. Throws as `get` does.
template <agent_address A, class F>
  requires std::invocable<F&, state_of<A>&>
void update(const A& target, F function, std::chrono::nanoseconds timeout = default_call_timeout) {
  detail::ask_agent(target, detail::agent_update<state_of<A>, F>{std::move(function)}, "update",
                    timeout);
}

/// Runs `function(State&)`, which may change the state, and returns its result: one step for everybody
/// else. Throws as `get` does.
template <agent_address A, class F>
  requires std::invocable<F&, state_of<A>&>
auto get_and_update(const A& target, F function,
                    std::chrono::nanoseconds timeout = default_call_timeout)
    -> std::invoke_result_t<F&, state_of<A>&> {
  return detail::ask_agent(target, detail::agent_get_and_update<state_of<A>, F>{std::move(function)},
                           "get_and_update", timeout);
}

/// As `update`, without waiting. Never fails, also when the agent is gone; done before whatever the
/// caller asks next.
template <agent_address A, sendable F>
  requires std::invocable<F&, state_of<A>&>
void cast(const A& target, F function) {
  detail::tell_agent(target, detail::agent_cast<state_of<A>, F>{std::move(function)});
}

}  // namespace otp
