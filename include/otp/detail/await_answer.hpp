// Sending a request and waiting for its answer: in a process it suspends, on a plain thread it
// blocks.
#pragma once

#include <otp/detail/call_circle.hpp>
#include <otp/detail/call_envelope.hpp>
#include <otp/detail/external_wait.hpp>
#include <otp/detail/runtime_guard.hpp>
#include <otp/error.hpp>
#include <otp/result.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace otp::detail {

/// What became of a wait for an answer.
struct answer_outcome {
  owned_envelope reply;  ///< The answered request.
  exit_reason failure;   ///< Without a reply: why.
};

/// What became of a wait that is over without a reply.
answer_outcome failure_of(call_wait& w);

[[gnu::always_inline]] inline answer_outcome outcome_of(call_wait& w) {
  if (w.reply == nullptr) return failure_of(w);
  return {owned_envelope{std::exchange(w.reply, nullptr)}, {}};
}

/// What becomes of a call that `self` makes to itself (G-030).
answer_outcome call_of_oneself(runtime_core& core, const pid& self);

/// The process that is going to wait in `core`; null for a plain thread, which blocks. Throws where
/// neither is possible. To be asked before anything is done for the wait.
process* require_waiter(runtime_core& core);

/// As require_waiter. A process first lets others run if its turn was long, and may end in that: to be
/// asked before anything is done that a wait in this turn must complete.
process* rested_waiter(runtime_core& core);

/// What await_answer does for `self`, the rested waiter: from here to the push nobody else runs.
/// This and what calls it is always inlined, up to otp::call: see worker::resume.
template <class Make, class Push>
[[gnu::always_inline]] inline answer_outcome await_answer_rested(runtime_core& core, process* self,
                                                                 const pid& target,
                                                                 std::chrono::nanoseconds timeout,
                                                                 Make&& make, Push&& push) {
  call_wait w;
  w.timeout = timeout;
  if (self == nullptr) {
    external_caller caller{core};
    w.call_ref = ++caller.self().call_ref;
    push(make(caller.self(), w.call_ref));
    caller.wait(w);
    return outcome_of(w);
  }
  auto& here = *this_worker();
  w.call_ref = ++self->call_ref;
  if (target == self->id()) return call_of_oneself(core, target);
  self->waits_on.store(edge_to(target, w.call_ref), std::memory_order_relaxed);
  push(make(*self, w.call_ref));
  if (seems_in_circle(*self)) {
    if (auto circle = leave_circle(*self)) {
      ++self->call_ref;
      return {nullptr, exit_reason::from_deadlock(*std::move(circle))};
    }
  }
  here.suspend_checked(*self, w);
  self->waits_on.store(0, std::memory_order_relaxed);
  return outcome_of(w);
}

/// Makes a request with `make(caller, call_ref)`, pushes it with `push(envelope)`, and waits up to
/// `timeout` for the answer. `p` was found to be the process `serial`, which may be gone by now, and
/// its runtime too. `target` is who is expected to answer.
template <class Make, class Push>
[[gnu::always_inline]] inline answer_outcome await_answer(process& p, std::uint64_t serial,
                                                          const pid& target,
                                                          std::chrono::nanoseconds timeout,
                                                          Make&& make, Push&& push) {
  auto* const self = rested_waiter(p.core());  // which does not look into it
  if (self == nullptr) {
    const runtime_guard inside{serial};
    if (inside.core() == nullptr) return {nullptr, reason::noproc};
    return await_answer_rested(*inside.core(), nullptr, target, timeout, std::forward<Make>(make),
                               std::forward<Push>(push));
  }
  return await_answer_rested(self->core(), self, target, timeout, std::forward<Make>(make),
                             std::forward<Push>(push));
}

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/await_answer_impl.hpp>
#endif
