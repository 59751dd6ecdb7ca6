// How mailboxes with a limit count, and how their senders wait.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/await_answer.hpp>
#include <otp/detail/bounded_mailbox.hpp>
#include <otp/detail/call_envelope.hpp>
#include <otp/error.hpp>

#include <cstdint>
#include <limits>
#include <utility>

namespace otp::detail {

/// A request that is answered when its turn comes: so its sender knows that what came before it has
/// been handled.
struct turn_request final : answerable<void> {
  template <class Caller>
  turn_request(std::uint64_t to, Caller& caller, std::uint64_t ref)
      : answerable<void>{ops_table, reply_table<turn_request>, to, caller, ref} {}

  static void run(process&, envelope& e) { static_cast<turn_request&>(e).answer(); }
  static void discard(envelope& e, const exit_reason& why) noexcept {
    static_cast<turn_request&>(e).fail(why);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops turn_request::ops_table{
    &turn_request::run,        &turn_request::discard, nullptr, envelope_kind::request, false,
    &signal_name<turn_request>};

OTP_DECL void limit_mailbox(process& p, const mailbox_limit& mailbox) {
  p.waiting.store(p.serial.load(std::memory_order_relaxed) << 32, std::memory_order_relaxed);
  p.refused.store(0, std::memory_order_relaxed);
  p.full_means = mailbox.when_full;
  p.mailbox_limit.store(mailbox.limit, std::memory_order_relaxed);
}

/// Counts `e` if less than `limit` wait. True as well when its addressee is gone: then it is lost
/// by itself.
OTP_DECL bool try_count(process& p, const envelope& e, std::uint32_t limit) noexcept {
  auto current = p.waiting.load(std::memory_order_relaxed);
  do {
    if (current >> 32 != (e.addressee & 0xFFFF'FFFFU)) return true;
    if (static_cast<std::uint32_t>(current) >= limit) return false;
  } while (!p.waiting.compare_exchange_weak(current, current + 1, std::memory_order_relaxed));
  return true;
}

OTP_DECL void count_waiting(process& p, const envelope& e) noexcept {
  if (e.ops->kind <= envelope_kind::request) {
    try_count(p, e, std::numeric_limits<std::uint32_t>::max());
  }
}

OTP_DECL bool is_let_in(process& p, const envelope& e) noexcept {
  // Of somebody who is gone the count stays as it was at the end.
  if (!process_arena::is_there({0, p.slot(), e.addressee})) return true;
  if (try_count(p, e, p.mailbox_limit.load(std::memory_order_relaxed))) return true;
  p.refused.fetch_add(1, std::memory_order_relaxed);
  return false;
}

/// Waits until what waits for `p` now has been handled, or it has ended.
OTP_DECL void await_turn(process& p, const pid& id) {
  const auto outcome = await_answer(
      p, id.serial, id, forever,
      [&](process& caller, std::uint64_t ref) -> envelope& {
        return *make_envelope<turn_request>(id.serial, caller, ref);
      },
      [&](envelope& e) { deliver(p, e); });
  if (outcome.failure.type() != exit_reason::kind::deadlock) return;
  throw exit_error{exit_reason::from_call(outcome.failure, pid_text(id), "send")};
}

OTP_DECL void deliver_limited(process& p, envelope& e) {
  owned_envelope held{&e};
  const pid to{0, p.slot(), e.addressee};
  auto* const self = current_process();
  if (self != nullptr && self->id() == to) return deliver(p, *held.release());
  // Who is being ended can neither wait nor be told.
  const bool ends = self != nullptr && (self->unwind.active() || self->finishing);
  while (!is_let_in(p, e)) {
    if (p.full_means == when_full::shed || ends) return;
    if (p.full_means == when_full::refuse) throw exit_error{reason::mailbox_full};
    await_turn(p, to);
  }
  push_to(p, *held.release());
}

OTP_DECL void deliver_call_limited(process& p, call_envelope& e) {
  const bool waits = p.full_means == when_full::wait && e.completion == nullptr;
  if (waits) {
    deliver(p, e);
  } else if (is_let_in(p, e)) {
    push_to(p, e);
  } else {
    e.ops->discard(e, reason::mailbox_full);
  }
}

OTP_DECL void offer_limited(process& p, envelope& e) noexcept {
  if (is_let_in(p, e)) {
    push_to(p, e);
  } else {
    e.ops->discard(e, reason::mailbox_full);
  }
}

}  // namespace otp::detail
