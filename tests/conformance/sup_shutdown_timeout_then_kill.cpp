// Our port of scripts/sup_shutdown_timeout_then_kill.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_shutdown_timeout_then_kill {

OTP_SCENARIO(sup_shutdown_timeout_then_kill) {
  kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .children = {born("child_a"),
                   born("child_b", {.on_stop = sleep_for_ever, .spec = {.shutdown = 50ms}}),
                   born("child_c")}});
  otp::monitor(born.up("child_b"));
  otp::exit(sup.pid(), otp::reason::shutdown);
  const auto b_end = await<otp::down>().reason;
  say("sup exit {}", reason(exit_heard(sup.pid())));
  say("{} exit {}", word("child_b"), reason(b_end));
}

}  // namespace conformance::sup_shutdown_timeout_then_kill
