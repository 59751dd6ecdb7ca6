// Our port of scripts/sup_significant_all.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_significant_all {

OTP_SCENARIO(sup_significant_all) {
  kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .auto_shutdown = otp::auto_shutdown::all_significant,
      .children = {
          born("child_a"),
          born("sig_1", {.spec = {.restart = otp::restart::transient}, .significant = true}),
          born("sig_2", {.spec = {.restart = otp::restart::temporary}, .significant = true})}});
  crash(born.up("sig_1"), otp::reason::normal);
  until([&] { return state_of(sup, "sig_1") == "stopped"; });
  say("supervisor still up");
  crash(born.up("sig_2"), word("boom"));
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_significant_all
