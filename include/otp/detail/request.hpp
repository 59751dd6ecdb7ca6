// The envelopes of typed requests, bound to the server's class where they are sent.
#pragma once

#include <otp/detail/await_answer.hpp>
#include <otp/detail/bounded_mailbox.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/handlers.hpp>
#include <otp/message.hpp>
#include <otp/result.hpp>
#include <otp/server_ref.hpp>

#include <chrono>
#include <concepts>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp::detail {

template <class S>
class server_behaviour;
template <class S>
class machine_behaviour;

/// What runs a server of class `S`.
template <class S>
using behaviour_of = std::conditional_t<is_machine<S>, machine_behaviour<S>, server_behaviour<S>>;

/// The reason of a request to a process that runs another server.
template <class S>
exit_reason not_a() {
  return exit_reason{fmt::format("the process is not a {}", type_name<S>())};
}

template <class S>
pid address_of(const server_ref<S>& server, std::string_view) {
  return server.pid();
}
template <class S>
pid address_of(const name<S>& server, std::string_view operation) {
  return current_core(operation).names.find(server.value);
}
template <class S>
std::string describe_address(const server_ref<S>& server) {
  return pid_text(server.pid());
}
template <class S>
std::string describe_address(const name<S>& server) {
  return server.value;
}

/// An address that knows itself whom it means: otp::via.
template <class A>
concept self_finding = requires(const A& server) {
  { server.whereis() } -> std::same_as<pid>;
  { server.to_string() } -> std::same_as<std::string>;
};
template <self_finding A>
pid address_of(const A& server, std::string_view) {
  return server.whereis();
}
template <self_finding A>
std::string describe_address(const A& server) {
  return server.to_string();
}

template <class S, class M>
struct call_request final : answerable<reply_of<M>> {
  static constexpr bool takes_turns = true;  ///< A limited mailbox may refuse it.

  M message;

  template <class Caller>
  call_request(std::uint64_t to, Caller& caller, std::uint64_t ref, M&& request)
      : answerable<reply_of<M>>{ops_table, reply_table<call_request>, to, caller, ref},
        message(std::move(request)) {}
  call_request(std::uint64_t to, call_completion& listener, M&& request)
      : answerable<reply_of<M>>{ops_table, reply_table<call_request>, to, listener},
        message(std::move(request)) {}

  static void run(process& p, envelope& e) {
    auto& self = static_cast<call_request&>(e);
    if (p.behaviour->serves() != type_tag<S>()) {
      self.fail(not_a<S>());
      return;
    }
    static_cast<behaviour_of<S>&>(*p.behaviour).handle_call(p, self);
  }
  static void discard(envelope& e, const exit_reason& why) noexcept {
    static_cast<call_request&>(e).fail(why);
  }
  static const envelope_ops ops_table;
};
template <class S, class M>
constexpr envelope_ops call_request<S, M>::ops_table{
    &call_request::run, &call_request::discard, nullptr, envelope_kind::request,
    false, &message_name<M>};

template <class S, class M>
struct cast_envelope final : envelope {
  M message;

  cast_envelope(std::uint64_t to, M&& m) : envelope{ops_table, to}, message(std::move(m)) {}

  static void run(process& p, envelope& e) {
    auto& self = static_cast<cast_envelope&>(e);
    if (p.behaviour->serves() == type_tag<S>()) {
      static_cast<behaviour_of<S>&>(*p.behaviour).handle_cast(p, self);
    } else {
      free_envelope(self);
    }
  }
  static void discard(envelope& e, const exit_reason&) noexcept {
    free_envelope(static_cast<cast_envelope&>(e));
  }
  static const envelope_ops ops_table;
};
template <class S, class M>
constexpr envelope_ops cast_envelope<S, M>::ops_table{
    &cast_envelope::run, &cast_envelope::discard, nullptr, envelope_kind::request,
    false, &message_name<M>};

/// A request to stop; answered by the end of the process, whatever its reason.
struct stop_request final : answerable<void> {
  exit_reason why;

  template <class Caller>
  stop_request(std::uint64_t to, Caller& caller, std::uint64_t ref, const exit_reason& reason)
      : answerable<void>{ops_table, reply_table<stop_request>, to, caller, ref}, why{reason} {}

  static void run(process& p, envelope& e);
  static void discard(envelope& e, const exit_reason& why) noexcept;
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops stop_request::ops_table{
    &stop_request::run, &stop_request::discard, nullptr, envelope_kind::request,
    false, &signal_name<stop_request>};

// ---- requests about the process itself

/// The `payload` of their tables: they are no messages of the server's own, and do not count as
/// activity (G-057).
struct system_request {};

/// Answers `request` with what `make` returns, or why it failed; the process goes on.
template <class Make>
void answer_guarded(process& p, answerable<std::string>& request, Make make) {
  p.in_flight = &request;  // make is the user's code: it may wait, and be killed
  result<std::string> made = failure(exit_reason{});
  try {
    made = make();
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

/// A question about the state; answered with text.
struct describe_request final : answerable<std::string> {
  template <class Caller>
  describe_request(std::uint64_t to, Caller& caller, std::uint64_t ref)
      : answerable<std::string>{ops_table, reply_table<describe_request>, to, caller, ref} {}

  static void run(process& p, envelope& e);
  static void discard(envelope& e, const exit_reason& why) noexcept;
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops describe_request::ops_table{
    &describe_request::run, &describe_request::discard, type_tag<system_request>(),
    envelope_kind::request, false, &signal_name<describe_request>};

/// Suspends the server or lets it go on (Y-004, Y-005); answered with nothing.
struct suspend_request final : answerable<std::string> {
  bool suspends;

  template <class Caller>
  suspend_request(std::uint64_t to, Caller& caller, std::uint64_t ref, bool suspend)
      : answerable<std::string>{ops_table, reply_table<suspend_request>, to, caller, ref},
        suspends{suspend} {}

  static void run(process& p, envelope& e);
  static void discard(envelope& e, const exit_reason& why) noexcept;
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops suspend_request::ops_table{
    &suspend_request::run, &suspend_request::discard, type_tag<system_request>(),
    envelope_kind::request, false, &signal_name<suspend_request>};

/// Runs `change` in the server, which gives its next state; answered with that as text.
template <class S, class F>
struct replace_request final : answerable<std::string> {
  F change;

  template <class Caller>
  replace_request(std::uint64_t to, Caller& caller, std::uint64_t ref, F f)
      : answerable<std::string>{ops_table, reply_table<replace_request>, to, caller, ref},
        change(std::move(f)) {}

  static void run(process& p, envelope& e) {
    auto& self = static_cast<replace_request&>(e);
    if (p.behaviour->serves() != type_tag<S>()) {
      self.fail(not_a<S>());
      return;
    }
    answer_guarded(p, self, [&] {
      static_cast<behaviour_of<S>&>(*p.behaviour).replace_state(self.change);
      return p.behaviour->describe();
    });
  }
  static void discard(envelope& e, const exit_reason& why) noexcept {
    static_cast<replace_request&>(e).fail(why);
  }
  static const envelope_ops ops_table;
};
template <class S, class F>
constexpr envelope_ops replace_request<S, F>::ops_table{
    &replace_request::run, &replace_request::discard, type_tag<system_request>(),
    envelope_kind::request, false, &signal_name<replace_request>};

/// Sends request `E` to `target` and waits for its answer.
template <class E, class... A>
answer_outcome ask(const pid& target, std::chrono::nanoseconds timeout, A&&... arguments) {
  auto* const p = process_arena::find(target);
  if (p == nullptr) return {nullptr, reason::noproc};
  return await_answer(
      p->core(), target, timeout,
      [&](process& caller, std::uint64_t ref) -> envelope& {
        return *make_envelope<E>(target.serial, caller, ref, std::forward<A>(arguments)...);
      },
      [&](envelope& e) {
        if constexpr (requires { E::takes_turns; }) {
          deliver_call(*p, static_cast<E&>(e));
        } else {
          deliver(*p, e);
        }
      });
}

/// The answer in `outcome`, or why there is none.
template <class R>
result<R> unpack_answer(answer_outcome&& outcome) {
  if (outcome.reply == nullptr) return failure(std::move(outcome.failure));
  const auto held = std::move(outcome.reply);
  auto& answer = static_cast<answerable<R>&>(*held);
  if (answer.holds == answerable<R>::content::failure) return failure(std::move(answer.failure));
  if constexpr (std::is_void_v<R>) {
    return {};
  } else {
    return result<R>{std::move(answer.value)};
  }
}

template <class S, class A, class M>
result<reply_of<M>> perform_call(const A& server, M&& message, std::chrono::nanoseconds timeout) {
  auto answer = unpack_answer<reply_of<M>>(ask<call_request<S, M>>(
      address_of(server, "otp::call"), timeout, std::move(message)));
  if (!answer) {
    return failure(exit_reason::from_call(std::move(answer).error(), describe_address(server),
                                          short_type_name<M>()));
  }
  return answer;
}

void perform_stop(const pid& server, std::string description, exit_reason why,
                  std::chrono::nanoseconds timeout);

/// Sends system request `E` and returns its answer; throws exit_error.
template <class E, class... A>
std::string perform_system_request(const pid& target, std::string description,
                                   std::string_view operation, std::chrono::nanoseconds timeout,
                                   A&&... arguments) {
  auto answer =
      unpack_answer<std::string>(ask<E>(target, timeout, std::forward<A>(arguments)...));
  if (answer) return *std::move(answer);
  throw exit_error{
      exit_reason::from_call(std::move(answer).error(), std::move(description), operation)};
}

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/request_impl.hpp>
#endif
