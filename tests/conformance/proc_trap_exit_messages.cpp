// Our port of scripts/proc_trap_exit_messages.exs, whose first lines say what happens in it.
// Rows: P-027, P-028, P-031, P-033, P-049
#include "conformance/harness.hpp"

namespace conformance::proc_trap_exit_messages {

void wait(const char* label, const otp::pid& who) {
  const auto e = await<otp::exited>();
  say("main: {} exited {}", e.from == who ? word(label) : "somebody else", reason(e.reason));
}

OTP_SCENARIO(proc_trap_exit_messages) {
  otp::this_process::trap_exit(true);
  wait("child1", otp::spawn_link([] {}));
  wait("child2", otp::spawn_link([] { otp::exit(word("oops")); }));
  wait("child3", otp::spawn_link([] { throw std::runtime_error{"boom"}; }));
  const auto fourth = otp::spawn_link(sleep_for_ever);
  otp::exit(fourth, otp::reason::kill);
  wait("child4", fourth);
  wait("child5", otp::spawn_link([] { otp::exit(otp::reason::kill); }));
  wait("child6", otp::spawn_link([] { otp::exit(otp::reason::shutdown(word("later"))); }));
  const auto me = otp::this_process::self();
  const auto stranger = otp::spawn([me] {
    otp::exit(me, word("poke"));
    otp::exit(me, otp::reason::normal);
  });
  wait("stranger signal", stranger);
  wait("stranger signal", stranger);
  say("main: {}", mailbox());
}

}  // namespace conformance::proc_trap_exit_messages
