// Our port of scripts/timer_survives_creator.exs, whose first lines say what happens in it.
// Rows: P-095, P-096
#include "conformance/harness.hpp"

#include <otp/timer.hpp>

namespace conformance::timer_survives_creator {

struct tick {};
struct stop {};

OTP_SCENARIO(timer_survives_creator) {
  const auto me = otp::this_process::self();
  const auto creator = otp::spawn_monitor([me] { otp::send_after(40ms, me, tick{}); }).first;
  const auto end = await<otp::down>();
  say("main: creator ended {}", end.process == creator ? reason(end.reason) : "?");
  await<tick>();
  say("main: tick");
  const auto target = otp::spawn([] { await<stop>(); });
  const auto t = otp::send_after(5s, target, tick{});
  say("main: timer running {}", otp::read_timer(t).has_value());
  otp::send(target, stop{});
  gone(target);
  otp::sleep(20ms);
  say("main: timer after target ended {}", otp::read_timer(t).has_value());
}

}  // namespace conformance::timer_survives_creator
