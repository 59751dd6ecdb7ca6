// The right to answer one call: `otp::from<R>`.
#pragma once

#include <otp/detail/call_envelope.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>

#include <exception>
#include <utility>

namespace otp {

/// The right to answer one call, now or later, from any process or thread (G-018).
///
/// A server takes it as the second parameter of `handle_call` and then answers nobody by returning.
/// Move-only: exactly one holder, who calls `reply` or `fail` once. Destroyed unanswered it fails
/// the caller at once with `noproc`, instead of letting it wait for its timeout. When the server
/// ends first, the caller hears the server's exit reason, and a later `reply` is dropped.
template <class R>
class from {
 public:
  /// Holds no call yet.
  from() noexcept = default;
  from(from&& other) noexcept
      : call_{std::exchange(other.call_, nullptr)}, server_{other.server_} {}
  from& operator=(from&& other) noexcept {
    from moved{std::move(other)};
    std::swap(call_, moved.call_);
    std::swap(server_, moved.server_);
    return *this;
  }
  ~from() {
    if (call_ == nullptr) return;
    if (auto* const server = server_here();
        server != nullptr && (std::uncaught_exceptions() > 0 || server->finishing) &&
        detail::drop_owed(*server, *call_)) {
      return;
    }
    fail(reason::noproc);
  }

  /// Answers the call. Never waits, never fails: a caller that is gone loses the answer. A second
  /// answer has no effect.
  template <class... V>
  void reply(V&&... value) {
    if (call_ == nullptr) return;
    settle();
    std::exchange(call_, nullptr)->answer(std::forward<V>(value)...);
  }

  /// Makes the call fail with `why`, as if the server had ended with it.
  void fail(const exit_reason& why) noexcept {
    if (call_ == nullptr) return;
    settle();
    std::exchange(call_, nullptr)->fail(why);
  }

  /// Who asks; nobody for a call with a completion token.
  pid caller() const noexcept { return call_ == nullptr ? pid{} : call_->caller_id(); }

  /// Whether the call is still to be answered.
  explicit operator bool() const noexcept { return call_ != nullptr; }

  /// For the library: takes over a request on behalf of the server that was handling it.
  from(detail::answerable<R>& call, detail::process& server) : call_{&call}, server_{server.id()} {
    // The server may call the caller while it owes the answer: no cycle (S7).
    detail::release_caller(call);
    detail::owe(server, call);
  }

 private:
  /// The server, if this is its code.
  detail::process* server_here() const noexcept {
    auto* const here = detail::current_process();
    return here != nullptr && here->id() == server_ ? here : nullptr;
  }

  void settle() noexcept {
    if (auto* const server = server_here()) {
      detail::owed_settled::settle(*server, detail::owed_settled{server_.serial, *call_});
    } else {
      detail::send_signal<detail::owed_settled>(server_, *call_);
    }
  }

  detail::answerable<R>* call_ = nullptr;
  pid server_;
};

}  // namespace otp
