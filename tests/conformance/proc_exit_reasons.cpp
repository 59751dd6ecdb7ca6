// Our port of scripts/proc_exit_reasons.exs, whose first lines say what happens in it.
// Rows: P-001, P-002, P-003, P-005, P-026, P-029, P-030, P-066
#include "conformance/harness.hpp"

namespace conformance::proc_exit_reasons {

struct finish {};

template <class Body>
void run(const char* label, Body body) {
  otp::spawn_monitor(std::move(body));
  say("{}: {}", label, reason(await<otp::down>().reason));
}

OTP_SCENARIO(proc_exit_reasons) {
  run("returns", [] {});
  run("custom", [] { otp::exit(word("oops")); });
  run("normal", [] { otp::exit(otp::reason::normal); });
  run("failing", [] { throw std::runtime_error{"bad thing"}; });
  say("killed: {}", reason(shoot(otp::spawn(sleep_for_ever), otp::reason::kill)));
  run("selfkill", [] { otp::exit(otp::reason::kill); });
  const auto [p, ref] = otp::spawn_monitor([] { await<finish>(); });
  otp::exit(p, otp::reason::normal);
  say("poked: alive {}", otp::is_alive(p));
  otp::send(p, finish{});
  say("poked: {}", reason(await<otp::down>().reason));
  say("absent: {}", reason(gone(p)));
}

}  // namespace conformance::proc_exit_reasons
