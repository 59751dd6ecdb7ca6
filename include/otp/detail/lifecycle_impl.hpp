// How processes begin and end.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/call_envelope.hpp>
#include <otp/detail/lifecycle.hpp>
#include <otp/detail/sanitizer.hpp>
#include <otp/detail/signals.hpp>
#include <otp/error.hpp>

#include <cstddef>
#include <exception>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace otp::detail {

OTP_DECL process& claim_slot(runtime_core& core) {
  std::uint32_t slot = 0;
  std::uint64_t serial = 0;
  auto* const here = this_worker();
  if (here != nullptr && &here->core() == &core) {
    slot = here->take_slot();
    serial = here->take_serial();
  } else {
    const std::lock_guard lock{core.outsiders_mutex};
    if (core.outsider_slots.empty()) process_arena::instance().take(core.outsider_slots);
    slot = core.outsider_slots.back();
    core.outsider_slots.pop_back();
    serial = core.serial_block(1);
  }
  auto& p = process_arena::at(slot);
  p.owner.store(&core, std::memory_order_relaxed);  // step: slots.claim.owner
  // step: slots.claim.serial: release: who reads the serial with acquire sees its runtime.
  p.serial.store(serial, std::memory_order_release);
  const auto* const creator = current_process();
  p.application.store(creator == nullptr ? std::uint16_t{0} : application_of(*creator),
                      std::memory_order_relaxed);
  return p;
}

OTP_DECL void free_slot(process& p) {
  auto& core = p.core();
  p.serial.store(0, std::memory_order_relaxed);
  p.waits_on.store(0, std::memory_order_relaxed);
  p.signalled.store(false, std::memory_order_relaxed);
  p.trap_exit = p.started = p.external = p.exiting = p.finishing = p.zombie = p.abandoned = false;
  p.in_work = p.crashed = p.notified = p.dropped_from = false;
  p.first = p.last = nullptr;
  p.behaviour = nullptr;
  p.wait = nullptr;
  p.last_message = nullptr;
  p.reductions = 0;
  p.past_reductions = 0;
  p.in_flight = nullptr;
  p.end = {};
  if (p.has_limit()) p.mailbox_limit.store(0, std::memory_order_relaxed);
  auto* const here = this_worker();
  if (here != nullptr && &here->core() == &core) {
    here->give_slot(p.slot());
  } else {
    const std::lock_guard lock{core.outsiders_mutex};
    core.outsider_slots.push_back(p.slot());
  }
}

OTP_DECL process& create_process(runtime_core& core, std::unique_ptr<behaviour> what) {
  auto& p = claim_slot(core);
  p.behaviour = what.release();
  std::construct_at(&p.unwind);
  if (auto* const here = worker_beside(p)) {
    here->lives().begin();
  } else {
    core.outsider_lives.begin_shared();
  }
  return p;
}

inline void open_mailbox(process& p) noexcept {
  const auto lone = p.core().is_lone ? process::lone_bit : 0;
  // step: slots.publish.store: release: who finds the mailbox open sees whose it is.
  p.word.store(process::open_bit | process::run_bit | lone, std::memory_order_release);
}

OTP_DECL void publish(process& p) {
  open_mailbox(p);
  schedule(p);
}

OTP_DECL void publish_shared(process& p) {
  open_mailbox(p);
  if (auto* const here = worker_beside(p)) {
    here->schedule_newborn(p);
  } else {
    schedule(p);
  }
}

OTP_DECL void link_newborn(process& parent, process& child) {
  parent.related.links.try_emplace(child.id());
  child.related.links.try_emplace(parent.id());
}

OTP_DECL void set_ancestors(process& parent, process& child) {
  auto& line = rarely_related(parent).line_of_children;
  if (!line) {
    auto* const made = new ancestor_line;
    made->processes[made->count++] = parent.id();
    for (const auto& older : parent.related.ancestors()) {
      if (made->count == ancestor_line::remembered) break;
      made->processes[made->count++] = older;
    }
    line = intrusive_ptr<const ancestor_line>::adopt(made);
  }
  child.related.line = line;
}

OTP_DECL void finish_for_others(process& p) {
  auto& core = p.core();
  const auto id = p.id();
  if (auto* const rare = rare_of(p)) {
    for (const auto& name : rare->names) core.names.erase(name, id);  // P-111
    rare->names.clear();
  }
  // Everything still unread is answered with our reason (G-035).
  if (auto* const here = worker_beside(p)) here->fetch_mail();  // what came before the end
  // step: slots.tell.after: nobody hears of the end before the mailbox is closed.
  auto* e = free_given_names(p.close());
  while (e != nullptr) {
    auto& left = *std::exchange(e, e->next);
    if (left.addressee == id.serial && left.ops->kind > envelope_kind::request) {
      // Links and monitors that come now find nobody; what concerns only us is dropped.
      left.ops->discard(left, reason::noproc);
    } else if (left.addressee == id.serial) {
      p.chain(left);
    } else {
      left.ops->discard(left, reason::noproc);
    }
  }
  if (p.in_flight != nullptr) {
    auto& call = *std::exchange(p.in_flight, nullptr);
    call.ops->discard(call, p.end);
  }
  while (auto* const unread = p.pop_front()) unread->ops->discard(*unread, p.end);
  fail_owed(p, p.end);
  p.related.links.each([&](const pid& peer, const link_state& link) {
    if (link.unlink_id == 0) send_signal<exit_signal>(peer, id, p.end, true);
  });
  p.related.watchers.each([&](monitor_ref ref, const pid& watcher) {
    send_signal<down_signal>(watcher, ref, id, p.end);
  });
  if (auto* const rare = rare_of(p)) {
    rare->answer_too_late();
    rare->monitors.each([&](monitor_ref ref, const held_monitor& held) {
      if (held.target) send_signal<demonitor_signal>(held.target, ref);
    });
    if (rare->last_word.message != nullptr) rare->last_word.say(rare->last_word, p.end);
  }
  p.related.clear();
}

OTP_DECL void finish_alone(process& p) {
  auto& core = p.core();
  auto* const here = worker_beside(p);
  free_slot(p);
  if (here != nullptr) {
    here->lives().end();
  } else {
    core.outsider_lives.end_shared();
  }
}

OTP_DECL void finish(process& p) {
  if (p.abandoned) {
    sanitizer::ignore_leak(p.behaviour);  // its frames may be in the middle of changing it
  } else {
    auto* const state = std::exchange(p.behaviour, nullptr);
    if (p.crashed && p.core().on_crash != nullptr && !p.zombie) {
      p.behaviour = state;
      p.core().on_crash(p, p.end);
      p.behaviour = nullptr;
    }
    p.finishing = true;
    delete state;
    p.finishing = false;
  }
  // A zombie has told everyone, but may have taken a name or a monitor while it was unwound.
  if (!p.zombie || p.related.any()) finish_for_others(p);
  finish_alone(p);
}

OTP_DECL exit_reason reason_of_failure(process& p, const std::exception_ptr& error) {
  auto why = exit_reason::from_exception(error);
  auto place = why.is_orderly() ? std::string{} : place_of(error);
  if (!place.empty()) {
    rarely_related(p).thrown_at = std::make_unique<std::string>(std::move(place));
  } else if (auto* const rare = rare_of(p)) {
    rare->thrown_at.reset();
  }
  return why;
}

OTP_DECL void work_failed(process& p) {
  auto why = reason_of_failure(p, std::current_exception());
  p.crashed = p.crashed || (!p.exiting && why.type() == exit_reason::kind::exception);
  decide_end(p, std::move(why));
}

}  // namespace otp::detail
