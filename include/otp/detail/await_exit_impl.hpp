// How a supervisor waits for the end of one child.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/await_answer.hpp>
#include <otp/detail/await_exit.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/signals.hpp>
#include <otp/infinity.hpp>
#include <otp/process.hpp>

#include <chrono>
#include <optional>

namespace otp::detail {

OTP_DECL bool is_linked(const pid& to) {
  const auto& self = require_process("otp::supervisor");
  const auto* const link = self.related.links.find(to);
  return link != nullptr && link->unlink_id == 0;
}

OTP_DECL void send_exit(const pid& who, const exit_reason& why) {
  require_process("otp::supervisor").waits_on.store(edge_to(who), std::memory_order_relaxed);
  otp::exit(who, why);
}

OTP_DECL std::optional<exit_reason> await_exit(const pid& who, std::chrono::nanoseconds at_most) {
  auto& self = require_process("otp::supervisor");
  auto& here = *this_worker();
  here.charge(self);
  const auto watching = otp::monitor(who);
  std::optional<exit_reason> ended;
  for (auto patience = at_most;;) {
    exit_wait w{who, watching};
    this_worker()->receive_all(self);
    this_worker()->end_if_exiting(self);
    if (!w.search(self) && patience.count() > 0) {
      w.timeout = patience;
      this_worker()->suspend(self, w);
    }
    if (w.found == nullptr) break;
    ended = w.reason();
    if (*ended != reason::noproc) break;
    // The monitor came too late. The exit message, which knows the reason, is there by now, or on its
    // way as long as the link is there; a child that has unlinked itself sends none.
    this_worker()->receive_all(self);
    patience = is_linked(who) ? infinity : std::chrono::nanoseconds::zero();
  }
  self.waits_on.store(0, std::memory_order_relaxed);
  otp::demonitor(watching, true);
  return ended;
}

}  // namespace otp::detail
