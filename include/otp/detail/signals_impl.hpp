// What the signals between processes do to their receiver.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/signals.hpp>

#include <utility>

namespace otp::detail {

OTP_DECL rare_relations& rarely_related(process& p) {
  auto& rare = p.related.rare;
  if (rare == nullptr) rare.reset(::new (allocate_block(sizeof(rare_relations))) rare_relations);
  return *rare;
}

OTP_DECL rare_relations* rare_of(const process& p) noexcept {
  return p.related.rare.get();
}

OTP_DECL void rare_relations::answer_at_end(envelope& e) noexcept {
  e.next = too_late;
  too_late = &e;
}

OTP_DECL void relations::clear() noexcept {
  links.clear();
  watchers.clear();
  line = {};
  rare.reset();
}

OTP_DECL void rare_relations::answer_too_late() noexcept {
  envelope* oldest = nullptr;
  while (too_late != nullptr) {
    auto& e = *std::exchange(too_late, too_late->next);
    e.next = std::exchange(oldest, &e);
  }
  while (oldest != nullptr) {
    auto& e = *std::exchange(oldest, oldest->next);
    e.ops->discard(e, reason::noproc);
  }
}

OTP_DECL void decide_end(process& p, exit_reason why) {
  if (p.exiting) return;
  p.exiting = true;
  p.end = std::move(why);
}

OTP_DECL void exit_signal::become_message(process& p, exit_signal& e) {
  e.ops = &message_envelope<exited>::ops_table;
  p.append(e);
}

OTP_DECL void exit_signal::run_exit(process& p, envelope& base) {
  auto& e = static_cast<exit_signal&>(base);
  auto& why = e.payload.reason;
  if (why == reason::kill) {
    decide_end(p, reason::killed);  // P-029: cannot be trapped
  } else if (p.trap_exit) {
    return become_message(p, e);
  } else if (!why.is_normal() || e.payload.from == p.id()) {  // P-026, P-035
    decide_end(p, std::move(why));
  }
  free_envelope(e);
}

OTP_DECL void exit_signal::run_link(process& p, envelope& base) {
  auto& e = static_cast<exit_signal&>(base);
  auto& links = p.related.links;
  const auto* const link = links.find(e.payload.from);
  const bool active = link != nullptr && link->unlink_id == 0;
  links.erase(e.payload.from);
  if (active) {
    if (p.trap_exit) return become_message(p, e);                                   // P-049
    if (!e.payload.reason.is_normal()) decide_end(p, std::move(e.payload.reason));  // P-047
  }
  free_envelope(e);
}

OTP_DECL void exit_signal::discard(envelope& e, const exit_reason&) noexcept {
  free_envelope(static_cast<exit_signal&>(e));
}

OTP_DECL void link_signal::run(process& p, envelope& base) {
  if (p.exiting) return rarely_related(p).answer_at_end(base);  // the exit signal came first
  auto& e = static_cast<link_signal&>(base);
  p.related.links.try_emplace(e.from);
  free_envelope(e);
}

OTP_DECL void link_signal::discard(envelope& base, const exit_reason& why) noexcept {
  auto& e = static_cast<link_signal&>(base);
  send_signal<exit_signal>(e.from, e.target, why, true);
  free_envelope(e);
}

OTP_DECL void unlink_ack::run(process& p, envelope& base) {
  auto& e = static_cast<unlink_ack&>(base);
  auto& links = p.related.links;
  // Another id: linked again since then, the link is to stay.
  if (const auto* const link = links.find(e.from); link != nullptr && link->unlink_id == e.id) {
    links.erase(e.from);
  }
  free_envelope(e);
}

OTP_DECL void unlink_signal::run(process& p, envelope& base) {
  auto& e = static_cast<unlink_signal&>(base);
  auto& links = p.related.links;
  // If we are unlinking too, our entry waits for our own confirmation.
  if (const auto* const link = links.find(e.from); link != nullptr && link->unlink_id == 0) {
    links.erase(e.from);
  }
  send_signal<unlink_ack>(e.from, e.target, e.id);
  free_envelope(e);
}

OTP_DECL void unlink_signal::discard(envelope& base, const exit_reason&) noexcept {
  auto& e = static_cast<unlink_signal&>(base);
  send_signal<unlink_ack>(e.from, e.target, e.id);
  free_envelope(e);
}

OTP_DECL void unlink_from(process& self, const pid& to) {
  auto* const link = self.related.links.find(to);
  if (link == nullptr || link->unlink_id != 0) return;  // P-055
  link->unlink_id = self.core().next_reference();
  send_signal<unlink_signal>(to, self.id(), to, link->unlink_id);
}

OTP_DECL void down_signal::run_down(process& p, envelope& base) {
  auto& e = static_cast<down_signal&>(base);
  auto* const rare = rare_of(p);
  auto* const held = rare == nullptr ? nullptr : rare->monitors.find(e.payload.ref);
  if (held == nullptr) {
    free_envelope(e);
    return;
  }
  e.payload.name = std::move(held->name);
  rare->monitors.erase(e.payload.ref);
  close_alias_of(p, e.payload.ref);  // P-086
  e.ops = &message_envelope<down>::ops_table;
  p.append(e);
}

OTP_DECL void down_signal::discard(envelope& e, const exit_reason&) noexcept {
  free_envelope(static_cast<down_signal&>(e));
}

OTP_DECL void monitor_signal::run(process& p, envelope& base) {
  if (p.exiting) return rarely_related(p).answer_at_end(base);  // the exit signal came first
  auto& e = static_cast<monitor_signal&>(base);
  p.related.watchers.try_emplace(e.ref, e.watcher);
  free_envelope(e);
}

OTP_DECL void monitor_signal::discard(envelope& base, const exit_reason& why) noexcept {
  auto& e = static_cast<monitor_signal&>(base);
  send_signal<down_signal>(e.watcher, e.ref, e.target, why);
  free_envelope(e);
}

OTP_DECL void demonitor_signal::run(process& p, envelope& base) {
  auto& e = static_cast<demonitor_signal&>(base);
  p.related.watchers.erase(e.ref);
  free_envelope(e);
}

OTP_DECL monitor_ref start_monitor(process& self, const pid& target, std::string name) {
  const auto ref = monitor_ref{self.core().next_reference()};
  if (target == self.id()) return ref;  // P-079: it is none
  rarely_related(self).monitors.try_emplace(ref, target, std::move(name));
  if (target) {
    send_signal<monitor_signal>(target, ref, self.id(), target);
  } else {
    send_signal<down_signal>(self.id(), ref, pid{}, reason::noproc);  // P-067
  }
  return ref;
}

OTP_DECL void close_alias_of(process& self, monitor_ref ref) {
  auto* const rare = rare_of(self);
  if (rare == nullptr) return;
  const auto number = static_cast<std::uint64_t>(ref);
  const auto* const alias = rare->aliases.find(number);
  if (alias != nullptr && alias->with_monitor) rare->aliases.erase(number);
}

OTP_DECL bool end_monitor(process& self, monitor_ref ref) {
  auto* const rare = rare_of(self);
  const auto* const held = rare == nullptr ? nullptr : rare->monitors.find(ref);
  if (held == nullptr) return false;
  const auto target = held->target;
  rare->monitors.erase(ref);
  if (target) send_signal<demonitor_signal>(target, ref);
  return true;
}

OTP_DECL void alias_signal::run(process& p, envelope& base) {
  const freeing<alias_signal> guard{static_cast<alias_signal&>(base)};
  auto& e = guard.e;
  auto* const rare = rare_of(p);
  const auto* const alias = rare == nullptr ? nullptr : rare->aliases.find(e.number);
  if (alias == nullptr) return;  // P-082
  if (alias->by_reply) {
    if (alias->with_monitor) end_monitor(p, monitor_ref{e.number});  // P-085
    rare->aliases.erase(e.number);                                   // P-084
  }
  p.append(*e.message.release());
}

OTP_DECL void name_signal::run(process& p, envelope& base) {
  auto& e = static_cast<name_signal&>(base);
  rarely_related(p).names.push_back(std::move(e.name));
  free_envelope(e);
}

OTP_DECL void name_signal::discard(envelope& base, const exit_reason&) noexcept {
  auto& e = static_cast<name_signal&>(base);
  e.core.names.erase(e.name, e.holder);
  free_envelope(e);
}

OTP_DECL envelope* free_given_names(envelope* unread) {
  envelope* others = nullptr;
  auto* end = &others;
  while (unread != nullptr) {
    auto& each = *std::exchange(unread, unread->next);
    if (each.ops->payload == type_tag<name_signal>()) {
      each.ops->discard(each, reason::noproc);
      continue;
    }
    each.next = nullptr;
    *end = &each;
    end = &each.next;
  }
  return others;
}

OTP_DECL void rousing_signal::run(process&, envelope& base) {
  free_envelope(static_cast<rousing_signal&>(base));
}

// step: slots.stale.rouse
OTP_DECL void rouse(process& p) { send_signal<rousing_signal>(p.id()); }

}  // namespace otp::detail
