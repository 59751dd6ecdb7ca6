// Our port of scripts/proc_kill_untrappable.exs, whose first lines say what happens in it.
// Rows: P-028, P-029, P-033, P-049
#include "conformance/harness.hpp"

namespace conformance::proc_kill_untrappable {

struct victim_ready {};
struct peer_ready {};
struct seen {};
struct peer_done {};

OTP_SCENARIO(proc_kill_untrappable) {
  const auto me = otp::this_process::self();
  const auto victim = otp::spawn([me] {
    otp::this_process::trap_exit(true);
    otp::send(me, victim_ready{});
    for (;;) {
      say("victim: got exit {}", reason(await<otp::exited>().reason));
      otp::send(me, seen{});
    }
  });
  await<victim_ready>();
  const auto peer = otp::spawn([me, victim] {
    otp::this_process::trap_exit(true);
    otp::link(victim);
    otp::send(me, peer_ready{});
    say("peer: got exit {}", reason(await<otp::exited>().reason));
    otp::send(me, peer_done{});
    sleep_for_ever();
  });
  await<peer_ready>();
  otp::exit(victim, word("polite"));
  await<seen>();
  say("main: victim alive {}", otp::is_alive(victim));
  otp::monitor(victim);
  otp::exit(victim, otp::reason::kill);
  await<peer_done>();
  say("main: victim died {}", reason(await<otp::down>().reason));
  say("main: peer alive {}", otp::is_alive(peer));
}

}  // namespace conformance::proc_kill_untrappable
