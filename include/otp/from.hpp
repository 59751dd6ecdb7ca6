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
    auto* const here = detail::current_process();
    if (std::uncaught_exceptions() > 0 && call_->asker != nullptr && here != nullptr &&
        here->id() == server_) {
      detail::mark_dropped(*here, call_->caller_id(), call_->call_ref);
      call_->reply_ops->discard(*call_, reason::noproc);
    } else {
      fail(reason::noproc);
    }
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
    if (call.asker != nullptr) {
      detail::related(server).owed.push_back({call.caller_id(), call.call_ref});
    }
  }

 private:
  void settle() noexcept {
    if (call_->asker == nullptr) return;
    if (auto* const here = detail::current_process(); here != nullptr && here->id() == server_) {
      detail::owed_settled::settle(*here, call_->caller_id(), call_->call_ref);
    } else {
      detail::send_signal<detail::owed_settled>(server_, call_->caller_id(), call_->call_ref);
    }
  }

  detail::answerable<R>* call_;
  pid server_;
};

}  // namespace otp
