// The part of a server's start that does not depend on its class.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/start_server.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace otp::detail {

OTP_DECL void take_name(const name_binding& name) {
  auto& self = require_process("otp::start");
  const auto holder = name.take(self.id());
  if (holder == self.id()) return;
  self.related.links.each([&](const pid& peer, const link_state&) { unlink_from(self, peer); });
  throw exit_error{already_started{holder}};
}

OTP_DECL start_outcome start_process(runtime_core& core, process* parent,
                                     std::unique_ptr<behaviour> made, const server_name& name,
                                     std::chrono::nanoseconds timeout, const mailbox_limit& mailbox,
                                     bool linked) {
  auto& child = create_process(core, std::move(made));
  const auto id = child.id();
  if (mailbox.limit != 0) limit_mailbox(child, mailbox);
  if (!name.local().empty()) {
    // The name is taken before the process runs, and before anything of it is seen (G-014, G-015).
    if (const auto holder = core.names.insert(name.local(), id); holder != id) {
      delete std::exchange(child.behaviour, nullptr);
      finish_alone(child);
      return {{}, {already_started{holder}, false}};
    }
    rarely_related(child).names.push_back(name.local());
  }
  if (parent != nullptr) set_ancestors(*parent, child);
  if (linked) link_newborn(*parent, child);

  const auto make = [&](process& starter, std::uint64_t ref) -> envelope& {
    return *make_envelope<start_ticket>(starter, ref);
  };
  const auto push = [&](envelope& ticket) {
    child.in_flight = static_cast<call_envelope*>(&ticket);
    publish(child);
  };
  auto outcome = await_answer_rested(core, parent, id, timeout, make, push);
  if (outcome.reply == nullptr && outcome.failure == reason::timeout) {
    send_signal<exit_signal>(id, pid{}, reason::kill, false);
    if (linked) unlink_from(*parent, id);            // L-003: its end does not hurt the starter
    ask<stop_request>(id, forever, reason::killed);  // the name is free when we return (G-012)
  }
  if (outcome.reply == nullptr) {
    return {{}, {std::move(outcome.failure), false}};
  }
  auto& ticket = static_cast<start_ticket&>(*outcome.reply);
  const bool ignored = ticket.ignored;
  auto answer = unpack_answer<pid>(std::move(outcome));
  if (!answer) return {{}, {std::move(answer).error(), ignored}};
  return {*answer, {}};
}

}  // namespace otp::detail
