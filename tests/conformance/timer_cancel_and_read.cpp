// Our port of scripts/timer_cancel_and_read.exs, whose first lines say what happens in it.
// Rows: P-089, P-090, P-091, P-092, P-094
#include "conformance/harness.hpp"

#include <otp/timer.hpp>

namespace conformance::timer_cancel_and_read {

struct late {};
struct zero {};
struct brief {};

bool within_ten_seconds(const std::optional<std::chrono::nanoseconds>& left) {
  return left && *left > 0ns && *left <= 10s;
}

OTP_SCENARIO(timer_cancel_and_read) {
  const auto me = otp::this_process::self();
  auto t = otp::send_after(10s, me, late{});
  say("main: read {}", within_ten_seconds(otp::read_timer(t)));
  say("main: cancel {}", within_ten_seconds(otp::cancel_timer(t)));
  say("main: cancel again {}", otp::cancel_timer(t).has_value());
  say("main: read again {}", otp::read_timer(t).has_value());
  t = otp::send_after(0s, me, zero{});
  otp::sleep(40ms);
  say("main: cancel late {}", otp::cancel_timer(t).has_value());
  otp::receive([](zero) { say("main: message was queued"); },
               otp::after(0s, [] { say("main: message gone"); }));
  otp::send_after(20ms, me, brief{});
  await<brief>();
  say("main: short fired");
  say("main: {}", mailbox());
  say("main: cancel unknown {}", otp::cancel_timer(otp::timer_ref{}).has_value());
}

}  // namespace conformance::timer_cancel_and_read
