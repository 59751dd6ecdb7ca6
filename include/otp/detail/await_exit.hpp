// How a supervisor waits for the end of one child, while everything else stays in its mailbox.
#pragma once

#include <otp/detail/await_answer.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/envelope.hpp>
#include <otp/detail/signals.hpp>
#include <otp/exit_reason.hpp>
#include <otp/infinity.hpp>
#include <otp/message.hpp>
#include <otp/pid.hpp>
#include <otp/process.hpp>

#include <chrono>
#include <optional>
#include <utility>

namespace otp::detail {

/// The wait for the exit message of one process, or for the message of one monitor.
struct exit_wait : wait_record {
  pid who;
  monitor_ref monitor;
  envelope* found = nullptr;

  exit_wait(const pid& process, monitor_ref ref) : who{process}, monitor{ref} {
    takes_message = [](wait_record& w, envelope& e) {
      auto& self = static_cast<exit_wait&>(w);
      if (!self.fits(e)) return false;
      self.found = &e;
      return true;
    };
  }
  exit_wait(const exit_wait&) = delete;
  exit_wait& operator=(const exit_wait&) = delete;
  ~exit_wait() {
    if (found != nullptr) found->ops->discard(*found, {});
  }

  bool fits(const envelope& e) const noexcept {
    if (e.ops->payload == type_tag<exited>()) {
      return static_cast<const message_envelope<exited>&>(e).payload.from == who;
    }
    return e.ops->payload == type_tag<down>() &&
           static_cast<const message_envelope<down>&>(e).payload.ref == monitor;
  }

  bool search(process& p) noexcept {
    envelope* before = nullptr;
    for (auto* e = p.first; e != nullptr; before = e, e = e->next) {
      if (!fits(*e)) continue;
      p.unchain(*e, before);
      found = e;
      return true;
    }
    return false;
  }

  const exit_reason& reason() const noexcept {
    if (found->ops->payload == type_tag<exited>()) {
      return static_cast<const message_envelope<exited>&>(*found).payload.reason;
    }
    return static_cast<const message_envelope<down>&>(*found).payload.reason;
  }
};

/// Whether the calling process is linked to `to` and has not heard of its end.
bool is_linked(const pid& to);

/// Sends an exit signal to a child whose end is awaited next. From now on a call of the child to its
/// supervisor would never be answered: the edge tells it so at once (V-019).
void send_exit(const pid& who, const exit_reason& why);

/// Waits until the child `who` has ended, at most so long; nothing if it has not. The reason is that of
/// the exit message that the link brings. The monitor is for a child that has unlinked itself, which
/// would be waited for in vain otherwise (V-042).
std::optional<exit_reason> await_exit(const pid& who, std::chrono::nanoseconds at_most);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/await_exit_impl.hpp>
#endif
