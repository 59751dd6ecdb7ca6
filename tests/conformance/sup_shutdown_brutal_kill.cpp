// Our port of scripts/sup_shutdown_brutal_kill.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_shutdown_brutal_kill {

OTP_SCENARIO(sup_shutdown_brutal_kill) {
  kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .children = {born("child_a"), born("child_b", {.spec = {.shutdown = otp::brutal_kill}}),
                   born("child_c")}});
  otp::monitor(born.up("child_b"));
  otp::exit(sup.pid(), otp::reason::shutdown);
  say("sup exit {}", reason(exit_heard(sup.pid())));
  say("{} exit {}", word("child_b"), reason(await<otp::down>().reason));
}

}  // namespace conformance::sup_shutdown_brutal_kill
