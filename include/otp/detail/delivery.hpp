// How an envelope gets into a mailbox: straight, where this worker is going to run the receiver; by the
// mailbox's word; or as mail to a lone worker, who alone touches the words of its processes.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/worker.hpp>

#include <atomic>

namespace otp::detail {

/// Makes whoever lives in the slot `p` look at its mailbox, also if it waits for something else.
void rouse(process& p);

/// `e` takes room in the mailbox of `p`, which has a limit.
void count_waiting(process& p, const envelope& e) noexcept;

/// Discards `e`, whose addressee is gone, when what that one has sent before has come.
void nobody_there(envelope& e);

/// Gives `e` to the lone worker whose process `p` is, or discards it if its addressee is gone. Fails
/// with std::bad_alloc, having discarded it.
void post_to_lone(process& p, envelope& e, bool is_signal);

/// The worker that carries the calling code, if it is of the runtime that the addressee lives or lived
/// in.
inline worker* worker_of(const envelope& e) noexcept {
  auto* const here = this_worker();
  return here != nullptr && here->core().gave_out(e.addressee) ? here : nullptr;
}

/// Puts `e`, which has been counted, into the mailbox of `p`. The envelope is gone after, whether or
/// not the process still lives.
inline void push_to(process& p, envelope& e) {
  auto* const here = worker_of(e);
  // An idle process that this worker is going to run gets its message without the way through the
  // word. Not one that something was sent to by way of a slot that was its predecessor's.
  const bool queues = e.ops->kind <= envelope_kind::request;
  const bool lone = here != nullptr && here->core().is_lone;
  if (queues && here != nullptr && p.claim_idle(false, e.addressee, lone)) {
    if (p.serial.load(std::memory_order_relaxed) == e.addressee) {
      p.chain(e);
      here->schedule(p);
    } else {
      p.push(e, lone);
      schedule(p);
    }
    return;
  }
  const auto meant = e.addressee;
  switch (p.push(e, lone)) {
    case push_result::queued:
      // Another process has the slot by now. It has to drop what is not for it, since a caller waits
      // for that, and it might not look for ever.
      // step: slots.stale.look: the push has acquired what the new owner published.
      if (p.serial.load(std::memory_order_relaxed) != meant) rouse(p);
      return;
    case push_result::schedule:
      schedule(p);
      return;
    case push_result::closed:
      e.ops->discard(e, reason::noproc);
      return;
    case push_result::lone:
      post_to_lone(p, e, false);
      return;
  }
}

/// Hands `e` to `p`, however full its mailbox is.
inline void deliver(process& p, envelope& e) {
  if (p.has_limit()) count_waiting(p, e);
  push_to(p, e);
}

/// Hands over a signal: in order with the messages, but looked at before those still unread.
inline void deliver_signal(process& p, envelope& e) {
  auto* const here = worker_of(e);
  const auto result = p.push(e, here != nullptr && here->core().is_lone);
  if (result == push_result::closed) return nobody_there(e);
  if (result == push_result::lone) return post_to_lone(p, e, true);
  // The slot may belong to somebody else by now; then this is a needless look.
  p.signalled.store(true, std::memory_order_release);
  if (result == push_result::schedule) schedule(p);
}

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/delivery_impl.hpp>
#include <otp/detail/worker_io_impl.hpp>
#include <otp/detail/worker_queues_impl.hpp>
#include <otp/detail/worker_run_impl.hpp>
#include <otp/detail/worker_timers_impl.hpp>
#endif
