// What a handler may return beside a plain value: `otp::reply<R>`, `otp::noreply`, `otp::stop`.
//
//     return otp::reply{count_}.and_continue(save{});
//     return otp::noreply{}.and_timeout(30s);
//     return otp::stop(otp::reason::shutdown);
#pragma once

#include <otp/detail/envelope.hpp>
#include <otp/exit_reason.hpp>
#include <otp/message.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace otp {

namespace detail {

/// What happens after a handler.
struct directive {
  owned_envelope continuation;
  std::optional<std::chrono::nanoseconds> idle;
  std::optional<exit_reason> stop;
};

}  // namespace detail

/// The part of a handler's result that says what the server does next. Each function returns the
/// result itself, so that they are written in one line with it.
template <class Self>
class handler_result {
 public:
  /// Handles `message` with handle_continue before anything else in the mailbox (G-048, G-049). The
  /// server lists it: `using continues = otp::messages<M>;`.
  template <class M>
  Self and_continue(M message) && {
    directive_.continuation.reset(
        detail::make_envelope<detail::message_envelope<M>>(std::uint64_t{0}, std::move(message)));
    return std::move(self());
  }

  /// Calls handle_info(idle_timeout) if nothing arrives within `timeout`; once, and any message
  /// cancels it (G-052 to G-055).
  Self and_timeout(std::chrono::nanoseconds timeout) && {
    directive_.idle = timeout;
    return std::move(self());
  }

  /// Stops the server with `why`: terminate runs, then the reply is sent, then it ends (G-036,
  /// G-059).
  Self and_stop(exit_reason why) && {
    directive_.stop = std::move(why);
    return std::move(self());
  }

  detail::directive& directive() noexcept { return directive_; }

 private:
  Self& self() noexcept { return static_cast<Self&>(*this); }
  detail::directive directive_;
};

/// The result of `otp::stop(reason)` in a handler: the server stops and nobody is answered; a caller
/// hears the reason (G-033).
struct stop_result {
  exit_reason why;
};

/// The result of a handle_call that says more than the reply.
template <class R>
class [[nodiscard]] reply : public handler_result<reply<R>> {
 public:
  reply(R value) : value_{std::move(value)} {}
  reply(stop_result stop) { this->directive().stop = std::move(stop.why); }
  std::optional<R>& value() noexcept { return value_; }

 private:
  std::optional<R> value_;
};
template <class R>
reply(R) -> reply<R>;

/// The result of any other handler that says more than "done".
class [[nodiscard]] noreply : public handler_result<noreply> {
 public:
  noreply() = default;
  noreply(stop_result stop) { this->directive().stop = std::move(stop.why); }
};

/// In a handler: `return otp::stop(why);`.
inline stop_result stop(exit_reason why) { return {std::move(why)}; }

}  // namespace otp
