// Definitions of otp/process.hpp that are longer than a line.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/receive_impl.hpp>
#include <otp/detail/worker.hpp>
#include <otp/process.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

OTP_DECL void register_name(std::string_view name, const pid& holder) {
  auto& core = detail::current_core("otp::register_name");
  auto* const self = detail::current_process();
  const bool own = self != nullptr && self->id() == holder;  // also while it is being unwound
  if (!own && !is_alive(holder)) {
    throw std::invalid_argument{
        fmt::format("otp::register_name: {} has ended, so it cannot become \"{}\"", holder, name)};
  }
  const auto [owner, taken] = core.names.try_insert(name, holder);
  if (!taken) {
    throw std::invalid_argument{fmt::format(
        "otp::register_name: \"{}\" is taken by {}: unregister it first", name, owner)};
  }
  if (own) {
    detail::rarely_related(*self).names.emplace_back(name);
  } else {
    detail::send_signal<detail::name_signal>(holder, core, holder, name);
    // It may have ended meanwhile, and the signal wait in the mailbox of who has its slot now.
    if (!detail::process_arena::is_there(holder)) core.names.erase(name, holder);
  }
}

OTP_DECL void unregister_name(std::string_view name) {
  auto& core = detail::current_core("otp::unregister_name");
  const auto holder = core.names.find(name);
  if (!holder || !core.names.erase(name, holder)) {
    throw std::invalid_argument{
        fmt::format("otp::unregister_name: nobody is registered as \"{}\"", name)};
  }
  auto* const self = detail::current_process();
  if (self != nullptr && self->id() == holder) {
    std::erase(detail::rarely_related(*self).names, name);
  }
}

OTP_DECL void link(const pid& to) {
  auto& self = detail::require_process("otp::link");
  const auto me = self.id();
  if (to == me) return;  // P-054
  if (!detail::process_arena::is_there(to)) {
    if (!self.trap_exit) exit(reason::noproc);  // P-052
    detail::this_worker()->receive_all(self);   // P-017: its last words come first
    self.append(*detail::make_envelope<detail::message_envelope<exited>>(me.serial, to,
                                                                        reason::noproc));  // P-053
    return;
  }
  auto [link, added] = self.related.links.try_emplace(to);
  if (!added && link->unlink_id == 0) return;  // P-050
  link->unlink_id = 0;
  detail::send_signal<detail::link_signal>(to, me, to);
}

OTP_DECL void unlink(const pid& to) {
  detail::unlink_from(detail::require_process("otp::unlink"), to);
}

OTP_DECL monitor_ref monitor(const pid& target) {
  return detail::start_monitor(detail::require_process("otp::monitor"), target, {});
}

OTP_DECL monitor_ref monitor(std::string_view name) {
  auto& self = detail::require_process("otp::monitor");
  return detail::start_monitor(self, self.core().names.find(name), std::string{name});
}

OTP_DECL bool demonitor(monitor_ref ref, bool flush) {
  auto& self = detail::require_process("otp::demonitor");
  detail::close_alias_of(self, ref);
  const bool active = detail::end_monitor(self, ref);
  if (flush && !active) {
    detail::envelope* before = nullptr;
    for (auto* e = self.first; e != nullptr; before = e, e = e->next) {
      if (e->ops->payload != detail::type_tag<down>()) continue;
      auto& message = static_cast<detail::message_envelope<down>&>(*e);
      if (message.payload.ref != ref) continue;
      self.unchain(*e, before);
      e->ops->discard(*e, {});
      break;
    }
  }
  return active;
}

OTP_DECL void exit(const pid& to, exit_reason why) {
  auto* const self = detail::current_process();
  const auto from = self == nullptr ? pid{} : self->id();
  auto* const p = why == reason::kill ? detail::process_arena::find(to) : nullptr;
  if (p != nullptr) p->mark_killed(to.serial);  // P-012
  detail::send_signal<detail::exit_signal>(to, from, std::move(why), false);
  if (self != nullptr && to == from) {
    detail::this_worker()->receive_all(*self);
    detail::this_worker()->end_if_exiting(*self);
  }
}

OTP_DECL bool is_alive(const pid& id) {
  const auto* const p = detail::process_arena::find(id);
  // step: kill.ask.mark: the mark before the mailbox. If it is a later process's already, acquire
  // shows below that the slot is, too.
  return p != nullptr && p->killed.load(std::memory_order_acquire) != id.serial &&
         detail::process_arena::is_there(id);
}

OTP_DECL bool this_process::trap_exit(bool trap) {
  auto& self = detail::require_process("otp::this_process::trap_exit");
  detail::this_worker()->receive_all(self);
  detail::this_worker()->end_if_exiting(self);
  return std::exchange(self.trap_exit, trap);
}

OTP_DECL pid whereis(std::string_view name) {
  return detail::current_core("otp::whereis").names.find(name);
}

OTP_DECL std::vector<std::pair<std::string, pid>> registered() {
  return detail::current_core("otp::registered").names.all();
}

OTP_DECL void sleep(std::chrono::nanoseconds duration) {
  auto& self = detail::require_process("otp::sleep");
  detail::wait_record w;
  w.timeout = duration;
  detail::this_worker()->suspend(self, w);
}

}  // namespace otp

namespace otp::this_process {

OTP_DECL void yield() {
  auto& self = detail::require_process("otp::this_process::yield");
  auto& here = *detail::this_worker();
  here.give_way(self);
  detail::attend(self);
}

OTP_DECL std::vector<std::string> names() {
  auto& self = detail::require_process("otp::this_process::names");
  const auto* const rare = detail::rare_of(self);
  return rare == nullptr ? std::vector<std::string>{} : rare->names;
}

OTP_DECL std::vector<pid> ancestors() {
  auto& self = detail::require_process("otp::this_process::ancestors");
  const auto all = self.related.ancestors();
  return {all.begin(), all.end()};
}

}  // namespace otp::this_process
