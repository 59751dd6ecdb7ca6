// Our port of scripts/proc_unlink.exs, whose first lines say what happens in it.
// Rows: P-050, P-054, P-055, P-056, P-057
#include "conformance/harness.hpp"

namespace conformance::proc_unlink {

struct stop {};

OTP_SCENARIO(proc_unlink) {
  otp::this_process::trap_exit(true);
  const auto child = otp::spawn([] {
    await<stop>();
    otp::exit(word("oops"));
  });
  otp::link(child);
  otp::link(child);
  otp::unlink(child);
  otp::monitor(child);
  otp::send(child, stop{});
  say("main: child died {}", reason(await<otp::down>().reason));
  say("main: {}", mailbox());
  const auto child2 = otp::spawn_link([] { otp::exit(word("oops")); });
  gone(child2);
  otp::sleep(20ms);
  otp::unlink(child2);
  otp::receive(
      [&](otp::exited e) {
        say("main: late exit message {}", e.from == child2 ? reason(e.reason) : "of another");
      },
      otp::after(0s, [] { say("main: no exit message"); }));
  otp::link(otp::this_process::self());
  say("main: link self true");
  otp::unlink(otp::spawn([] {}));
  say("main: unlink stranger true");
  say("main: {}", mailbox());
}

}  // namespace conformance::proc_unlink
