// How a worker runs one process: handling messages, suspending and resuming its stack, ending it.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/asio_loop.hpp>
#include <otp/detail/delivery.hpp>
#include <otp/error.hpp>

#include <fmt/format.h>

#include <exception>
#include <stdexcept>
#include <utility>

namespace otp::detail {

// ---- fibers

OTP_DECL fiber worker::fresh_fiber() {
  return fiber{core_.stacks, [this](fiber&& from) {
                 landed(std::move(from));
                 loop();
                 return std::move(native_);
               }};
}

/// Every switch to a loop fiber arrives here; `from` is who gave way.
OTP_DECL void worker::landed(fiber&& from) {
  current_ = nullptr;
  const auto what = std::exchange(landing_, {});
  if (what.suspending != nullptr) {
    what.suspending->suspended = std::move(from);
    count_stack(1);
    // Not served here: resuming it from this frame would grow the stack with every switch.
    landed_ = what.suspending;
  } else if (what.abandoning != nullptr) {
    std::move(from).abandon();
    finish(*what.abandoning);
  } else {
    native_ = std::move(from);
  }
}

/// Inlined into the loop: after a switch each return goes to a place that the processor did not
/// expect, and costs as much as everything else here.
[[gnu::always_inline]] inline void worker::resume(process& p) {
  forget_timeout(*p.wait);
  p.wait = nullptr;
  p.begin_turn();
  current_ = &p;
  fiber next = std::move(p.suspended);
  count_stack(-1);
  fiber from = std::move(next).resume();  // returns when this fiber is needed as the loop again
  landed(std::move(from));
}

/// What serve finds, where an answer came past the mailbox and nothing else did: the usual end of a call.
[[gnu::always_inline]] inline bool worker::is_answered(const process& p) noexcept {
  return p.wait->ready && !p.has_pushed() && !p.signalled.load(std::memory_order_relaxed);
}

OTP_DECL void worker::loop() {
  auto& stopping = core_.stopping;
  for (;;) {
    auto* p = std::exchange(landed_, nullptr);
    if (p == nullptr) {
      if (exit_fiber_ || stopping.load(std::memory_order_relaxed)) return;
      if (--turns_to_look_ == 0) {
        look_at_clock();
        if (bounded_slice_ && slicing_ && last_poll_ - slice_start_ > slice_length) {
          leave_slice();
          continue;
        }
      }
      fetch_mail();
      p = choose();
      if (p == nullptr) {
        find_nothing();
        continue;
      }
      if (just_woken_) watch_behind_us();
      if (!p->suspended) {
        execute(*p);
        continue;
      }
      if (p->home != this) {
        p->home->schedule_from_outside(*p);  // stolen: only its home can switch to its stack
        continue;
      }
    } else if (p->wait->requeue && !p->exiting) {
      give_turn(*p);
      continue;
    }
    if (is_answered(*p) || serve(*p)) resume(*p);
  }
}

OTP_DECL void worker::find_nothing() {
  if (poll()) return;
  if (slicing_) {
    tidy_up();
    leave_slice();
  } else {
    park();
  }
}

/// Somebody must watch: what we wake may get stuck behind a long handler of ours.
OTP_DECL void worker::watch_behind_us() {
  just_woken_ = false;
  // step: watch.woken.fence: either a watcher that ends now, and goes to sleep, sees that we are not
  // parked, or we see that nobody watches.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  // step: watch.woken.notify
  if (core_.workers.size() > 1 && !core_.watched.load(std::memory_order_relaxed)) notify_others();
}

/// `p` has given way: its turn comes again.
OTP_DECL void worker::give_turn(process& p) {
  p.wait->ready = true;
  if (core_.outside != nullptr) {
    core_.outside->enqueue(p);
  } else {
    pinned_.push(p);
  }
}

OTP_DECL void worker::leave_slice() {
  slicing_ = false;
  fiber from = std::move(native_).resume();  // the native side keeps us as loop_
  native_ = std::move(from);
}

// ---- one turn of one process

template <class F>
next_step worker::guarded(process& p, F&& step) {
  std::exception_ptr error;
  auto result = next_step::end;
  if (run_at_base(
          p.unwind, [&] { result = step(); }, error) != run_end::exception)
    return result;
  // The failure is told outside of the catch block, so that terminate may wait like any handler.
  auto reason = reason_of_failure(p, std::exchange(error, nullptr));
  if (run_at_base(
          p.unwind, [&] { p.behaviour->failed(p, reason); }, error) == run_end::exception) {
    p.end = reason_of_failure(p, std::exchange(error, nullptr));  // G-063
    p.crashed = true;
  }
  return next_step::end;
}

OTP_DECL void worker::execute(process& p) {
  current_ = &p;
  p.begin_turn();
  auto step = next_step::await_message;
  if (!p.started) {
    p.started = true;
    p.signalled.store(false, std::memory_order_relaxed);
    receive_all(p);
    if (!p.exiting) step = guarded(p, [&] { return p.behaviour->start(p); });
  }
  for (;;) {
    if (p.exiting || step == next_step::end) break;
    fetch_mail();
    if (p.signalled.load(std::memory_order_relaxed)) {
      p.signalled.store(false, std::memory_order_relaxed);
      receive_all(p);
      continue;
    }
    if (p.first == nullptr) {
      if (p.has_pushed()) {
        receive_all(p);
        continue;  // perhaps only signals came
      }
      current_ = nullptr;
      if (p.become_idle(false)) return;
      current_ = &p;
      continue;
    }
    if (p.reductions >= turn_limit_) {
      current_ = nullptr;
      schedule_last(p);
      return;
    }
    ++p.reductions;
    auto& e = *p.pop_front();
    p.last_message = e.ops;
    step = guarded(p, [&] { return p.behaviour->handle(p, e); });
  }
  finish(p);
  current_ = nullptr;
}

OTP_DECL bool worker::receive_all(process& p) {
  if (p.in_work) return false;  // posted work: it is itself in the middle of what was taken
  fetch_mail();
  auto* e = p.take();
  if (e == nullptr) return false;
  const auto serial = p.serial.load(std::memory_order_relaxed);
  auto* const running = std::exchange(current_, &p);
  while (e != nullptr) {
    auto& taken = *std::exchange(e, e->next);
    if (taken.addressee != serial) {              // step: slots.drop.addressee
      taken.ops->discard(taken, reason::noproc);  // meant for an earlier owner of the slot
    } else if (taken.ops->kind <= envelope_kind::request) {
      p.chain(taken);
    } else {
      taken.ops->run(p, taken);
    }
  }
  current_ = running;
  return true;
}

// ---- waiting

OTP_DECL void worker::check_wait(process& p) {
  if (p.in_work) {
    throw std::logic_error{
        "otp: a function posted to a process may not wait: send the process a message instead"};
  }
  if (p.finishing) abandon(p);
  if (p.unwind.active()) p.unwind.raise();  // a handler on the way out waits: not any more
  if (innermost_asio_loop() != carrying_loop_) {
    throw std::logic_error{
        "otp: a process may not wait inside an Asio handler: it called run() or poll() itself"};
  }
}

/// Serves a suspended process: takes what came. True when its wait is over: it has to be resumed.
OTP_DECL bool worker::serve(process& p) {
  auto& w = *p.wait;
  if (p.zombie) return w.ready;
  for (;;) {
    p.signalled.store(false, std::memory_order_relaxed);
    if (p.has_pushed()) receive_all(p);
    if (w.takes_message != nullptr && !w.ready) {
      // Only what is new: the process has looked at the rest before it suspended.
      auto* before = p.seen;
      for (auto* e = before == nullptr ? p.first : before->next; e != nullptr; e = e->next) {
        if (w.takes_message(w, *e)) {
          p.unchain(*e, before);
          w.ready = true;
          break;
        }
        before = e;
      }
      p.seen = p.last;
    }
    if (w.ready) return true;
    if (w.cancel != nullptr) {
      if (p.exiting || w.timed_out) begin_cancelling(p, w);
      if (p.zombie) return false;
    } else if (p.exiting || w.timed_out) {
      return true;
    }
    if (p.become_idle(w.takes_message == nullptr)) return false;
  }
}

OTP_DECL void worker::complete(wait_record& w) {
  auto& p = *w.owner;
  w.ready = true;
  if (p.zombie || p.claim()) schedule(p);
}

/// Asks the operation to end and waits for its completion: its buffers live on the stack.
OTP_DECL void worker::begin_cancelling(process& p, wait_record& w) {
  if (w.cancelling && !w.timed_out) return;
  if (!w.cancelling) {
    w.cancelling = true;
    w.timed_out = false;
    forget_timeout(w);
    w.cancel(w);
    if (w.ready) return;
    if (p.exiting && !w.uncancellable) {
      w.fire = [](wheel_entry& entry, worker& here) {
        auto& waiting = static_cast<wait_record&>(entry);
        waiting.timed_out = true;
        if (waiting.owner->claim()) here.schedule(*waiting.owner);
      };
      arm(w, core_.now() + kill_grace);
      return;
    }
  }
  if (!p.exiting) return;
  // It does not end in time: dead for everyone now, unwound when the operation lets go.
  forget_timeout(w);
  p.zombie = true;
  finish_for_others(p);
}

OTP_DECL void worker::give_way(process& p) {
  p.begin_turn();
  if (p.in_work || p.unwind.active() || p.finishing) return;
  wait_record w;
  w.requeue = true;
  suspend(p, w);
}

OTP_DECL void worker::abandon(process& p) {
  core_.warn(fmt::format(
      "process {} could not be unwound when it was killed (noexcept code, a destructor, or a wait "
      "while unwinding): its stack and its state are abandoned",
      p.id()));
  p.abandoned = true;
  if (p.unwind.active()) p.unwind.abandoned();
  landing_.abandoning = &p;
  take_loop_fiber().resume();
  std::terminate();  // an abandoned stack is never resumed
}

}  // namespace otp::detail
