// What an agent is asked: each request carries the function to run.
#pragma once

#include <otp/detail/request.hpp>
#include <otp/message.hpp>

#include <chrono>
#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp::detail {

template <class R>
using agent_reply = std::conditional_t<std::is_void_v<R>, done, R>;

// No aggregates: g++ 12 destroys temporaries of such types twice in coroutines.
template <class Function, class Reply>
struct agent_request {
  using reply = Reply;
  explicit agent_request(Function f) : function(std::move(f)) {}
  Function function;
};

template <class State, class F>
struct agent_get : agent_request<F, agent_reply<std::invoke_result_t<F&, const State&>>> {
  using agent_get::agent_request::agent_request;
};
template <class State, class F>
struct agent_get_and_update : agent_request<F, agent_reply<std::invoke_result_t<F&, State&>>> {
  using agent_get_and_update::agent_request::agent_request;
};
template <class State, class F>
struct agent_update : agent_request<F, done> {
  using agent_update::agent_request::agent_request;
};
template <class State, class F>
struct agent_cast {
  explicit agent_cast(F f) : function(std::move(f)) {}
  F function;
};

template <class F>
auto value_or_done(F function) {
  if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
    function();
    return done{};
  } else {
    return function();
  }
}

template <class State, class F>
void change_state(State& state, F& function) {
  using returned = std::invoke_result_t<F&, State&>;
  static_assert(std::is_void_v<returned> || std::is_assignable_v<State&, returned>,
                "the function of an update changes the state in place and returns nothing, or "
                "returns the next state");
  if constexpr (std::is_void_v<returned>) {
    function(state);
  } else {
    state = function(state);
  }
}

template <class A, class M>
void tell_agent(const A& target, M message) {
  const auto to = address_of(target, "otp::cast");
  auto* const p = process_arena::find(to);
  if (p == nullptr) return;
  using request = cast_envelope<typename A::server_type, M>;
  deliver_message(*p, *make_envelope<request>(to.serial, std::move(message)));
}

/// As `call`; a failure names the operation, not the type of a lambda.
template <class A, class M>
auto ask_agent(const A& target, M message, std::string_view operation,
               std::chrono::nanoseconds timeout) {
  using S = typename A::server_type;
  using R = typename M::reply;
  static_assert(sendable<R>,
                "what an agent gives out leaves its process: it may not hold references, raw "
                "pointers, string_view or span. Return a copy");
  auto answer = unpack_answer<R>(
      ask<call_request<S, M>>(address_of(target, "otp::get"), timeout, std::move(message)));
  if (!answer) {
    throw exit_error{exit_reason::from_call(std::move(answer).error(), describe_address(target),
                                            operation)};
  }
  if constexpr (!std::same_as<R, done>) return *std::move(answer);
}

}  // namespace otp::detail
