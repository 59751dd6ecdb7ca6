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
exit_reason not_a(std::string_view type);

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
      self.fail(not_a(type_name<S>()));
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
constexpr envelope_ops call_request<S, M>::ops_table{&call_request::run,
                                                     &call_request::discard,
                                                     nullptr,
                                                     envelope_kind::request,
                                                     false,
                                                     &message_name<M>,
                                                     true,
                                                     sizeof(call_request)};

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
constexpr envelope_ops cast_envelope<S, M>::ops_table{&cast_envelope::run,
                                                      &cast_envelope::discard,
                                                      nullptr,
                                                      envelope_kind::request,
                                                      false,
                                                      &message_name<M>,
                                                      false,
                                                      sizeof(cast_envelope)};

/// A request to stop; answered by the end of the process, and a success when that was its doing.
struct stop_request final : answerable<void> {
  exit_reason why;
  bool taken = false;  ///< Whether the process ends because of it.

  template <class Caller>
  stop_request(std::uint64_t to, Caller& caller, std::uint64_t ref, const exit_reason& reason)
      : answerable<void>{ops_table, reply_table<stop_request>, to, caller, ref}, why{reason} {}

  static void run(process& p, envelope& e);
  static void discard(envelope& e, const exit_reason& why) noexcept;
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops stop_request::ops_table{
    &stop_request::run,        &stop_request::discard, nullptr, envelope_kind::request, false,
    &signal_name<stop_request>};

/// Sends request `E` to `target` and waits for its answer.
template <class E, class... A>
[[gnu::always_inline]] inline answer_outcome ask(const pid& target,
                                                 std::chrono::nanoseconds timeout,
                                                 A&&... arguments) {
  auto* const p = process_arena::find(target);
  if (p == nullptr) return {nullptr, reason::noproc};
  return await_answer(
      *p, target.serial, target, timeout,
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

/// Why a call of `server` has failed, for its caller.
template <class M, class A>
OTP_NOINLINE failure<exit_reason> failure_of_call(const A& server, answer_outcome&& outcome) {
  return failure(exit_reason::from_call(unpack_answer<reply_of<M>>(std::move(outcome)).error(),
                                        describe_address(server), short_type_name<M>()));
}

template <class S, class A, class M>
[[gnu::always_inline]] inline result<reply_of<M>> perform_call(const A& server, M&& message,
                                                               std::chrono::nanoseconds timeout) {
  using request = call_request<S, M>;
  auto outcome = ask<request>(address_of(server, "otp::call"), timeout, std::move(message));
  auto* const answered = static_cast<request*>(outcome.reply.get());
  if (answered == nullptr || answered->holds != request::content::value) [[unlikely]] {
    return failure_of_call<M>(server, std::move(outcome));
  }
  outcome.reply.release();
  const freeing<request> guard{*answered};
  if constexpr (std::is_void_v<reply_of<M>>) {
    return {};
  } else {
    return result<reply_of<M>>{std::move(answered->value)};
  }
}

void perform_stop(const pid& server, std::string description, exit_reason why,
                  std::chrono::nanoseconds timeout);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/request_impl.hpp>
#endif
