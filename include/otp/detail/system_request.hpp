// Requests about a server itself, as otp::sys sends them: a piece of work that runs in the server's
// process and whose result is the answer. If the work fails, who asked hears why, and the server
// goes on.
#pragma once

#include <otp/detail/controlled_behaviour.hpp>
#include <otp/detail/request.hpp>
#include <otp/pid.hpp>
#include <otp/result.hpp>

#include <chrono>
#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp::detail {

/// The `payload` of their tables: they are no messages of the server's own, and do not count as
/// activity (G-057).
struct system_request {};

/// Answers `request` with what `make` returns, or why it failed; the process goes on.
template <class R, class Make>
void answer_guarded(process& p, answerable<R>& request, Make& make) {
  p.in_flight = &request;  // make may be the user's code: it may wait, and be killed
  result<stored_reply<R>> made = failure(exit_reason{});
  try {
    if constexpr (std::is_void_v<R>) {
      make(p);
      made = done{};
    } else {
      made = make(p);
    }
  } catch (...) {
    if (p.unwind.active()) throw;
    made = failure(exit_reason::from_exception(std::current_exception()));
  }
  p.in_flight = nullptr;
  if (made) {
    request.answer(*std::move(made));
  } else {
    request.fail(made.error());
  }
}

/// Runs `work(process&)` in the server.
template <class F>
struct system_call final : answerable<std::invoke_result_t<F&, process&>> {
  using result_type = std::invoke_result_t<F&, process&>;
  F work;

  template <class Caller>
  system_call(std::uint64_t to, Caller& caller, std::uint64_t ref, F&& f)
      : answerable<result_type>{ops_table, reply_table<system_call>, to, caller, ref},
        work(std::move(f)) {}

  static void run(process& p, envelope& e) {
    auto& self = static_cast<system_call&>(e);
    answer_guarded<result_type>(p, self, self.work);
  }
  static void discard(envelope& e, const exit_reason& why) noexcept {
    static_cast<system_call&>(e).fail(why);
  }
  static const envelope_ops ops_table;
};
template <class F>
constexpr envelope_ops system_call<F>::ops_table{
    &system_call::run, &system_call::discard, type_tag<system_request>(), envelope_kind::request,
    false, &signal_name<system_request>};

/// Whom a system request is for, and how to name it when it does not answer.
struct system_target {
  pid process;
  std::string description;
  std::string_view operation;
  std::chrono::nanoseconds timeout;
};

/// `operation` begins with "otp::".
template <class A>
system_target target_of(const A& server, std::string_view operation,
                        std::chrono::nanoseconds timeout) {
  const auto named = operation.substr(std::string_view{"otp::"}.size());
  if constexpr (std::same_as<A, pid>) {
    return {server, pid_text(server), named, timeout};
  } else {
    return {address_of(server, operation), describe_address(server), named, timeout};
  }
}

/// Runs `work(process&)` in the server and returns its result; throws exit_error.
template <class F>
std::invoke_result_t<F&, process&> perform(const system_target& target, F work) {
  using R = std::invoke_result_t<F&, process&>;
  auto answer =
      unpack_answer<R>(ask<system_call<F>>(target.process, target.timeout, std::move(work)));
  if (!answer) {
    throw exit_error{
        exit_reason::from_call(std::move(answer).error(), target.description, target.operation)};
  }
  if constexpr (!std::is_void_v<R>) return *std::move(answer);
}

/// What sys has to do with the server that runs in `p`; only servers handle system requests.
inline controlled_behaviour& server_in(process& p) {
  return static_cast<controlled_behaviour&>(*p.behaviour);
}

}  // namespace otp::detail
