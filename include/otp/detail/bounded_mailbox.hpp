// Mailboxes with a limit: who is let in, and what becomes of the others (otp/mailbox.hpp).
//
// Counted is everything that waits and is no signal, in `process::waiting`: by whoever pushes it,
// and taken off when the process takes it out. The count carries half of the serial, so that a
// sender who comes too late cannot count in the mailbox of a successor. A mailbox without a limit
// counts nothing.
#pragma once

#include <otp/detail/call_envelope.hpp>
#include <otp/detail/delivery.hpp>
#include <otp/mailbox.hpp>

namespace otp::detail {

/// Gives `p`, which is not running yet, a mailbox with that limit.
void limit_mailbox(process& p, const mailbox_limit& mailbox);

void deliver_limited(process& p, envelope& e);
void deliver_call_limited(process& p, call_envelope& e);
void offer_limited(process& p, envelope& e) noexcept;

/// Hands a message or cast of a user to `p`, if there is room. May wait. Throws exit_error when it
/// is refused; the envelope is gone in every case.
inline void deliver_message(process& p, envelope& e) {
  if (p.has_limit()) return deliver_limited(p, e);
  deliver(p, e);
}

/// The same for a call: never waits and never throws, the caller hears.
inline void deliver_call(process& p, call_envelope& e) {
  if (p.has_limit()) return deliver_call_limited(p, e);
  deliver(p, e);
}

/// The same for a message that is lost if there is no room.
inline void offer_message(process& p, envelope& e) {
  if (p.has_limit()) return offer_limited(p, e);
  deliver(p, e);
}

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/bounded_mailbox_impl.hpp>
#endif
