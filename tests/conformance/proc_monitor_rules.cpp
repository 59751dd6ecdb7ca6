// Our port of scripts/proc_monitor_rules.exs, whose first lines say what happens in it.
// Rows: P-064, P-066, P-067, P-070, P-071, P-072, P-076, P-078
#include "conformance/harness.hpp"

namespace conformance::proc_monitor_rules {

struct stop {};

// The reason of the notification of `ref`, which must be the next one.
std::string fired(otp::monitor_ref ref) {
  const auto d = await<otp::down>();
  return d.ref == ref ? reason(d.reason) : "another monitor";
}

OTP_SCENARIO(proc_monitor_rules) {
  const auto worker = otp::spawn([] {
    await<stop>();
    otp::exit(word("done"));
  });
  const auto m1 = otp::monitor(worker);
  const auto m2 = otp::monitor(worker);
  const auto m3 = otp::monitor(worker);
  say("main: monitors distinct {}", m1 != m2 && m2 != m3 && m1 != m3);
  otp::demonitor(m2);
  otp::send(worker, stop{});
  const auto first = await<otp::down>();
  const auto second = await<otp::down>();
  const bool in_order = first.ref == m1 && second.ref == m3;
  const bool swapped = first.ref == m3 && second.ref == m1;
  say("main: {} fired {}", in_order || swapped ? "m1" : "?", reason(first.reason));
  say("main: {} fired {}", in_order || swapped ? "m3" : "?", reason(second.reason));
  say("main: {}", mailbox());
  const auto m4 = otp::monitor(worker);
  say("main: m4 fired {}", fired(m4));
  const auto m5 = otp::monitor("nobody_has_this_name");
  say("main: m5 fired {}", fired(m5));
  otp::demonitor(m1);
  say("main: removing a fired monitor is harmless");
  const auto w2 = otp::spawn(sleep_for_ever);
  gone(otp::spawn([w2] {
    otp::monitor(w2);
    otp::exit(word("watcher_crash"));
  }));
  say("main: watched process alive {}", otp::is_alive(w2));
}

}  // namespace conformance::proc_monitor_rules
