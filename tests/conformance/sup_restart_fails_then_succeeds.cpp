// Our port of scripts/sup_restart_fails_then_succeeds.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_restart_fails_then_succeeds {

OTP_SCENARIO(sup_restart_fails_then_succeeds) {
  kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .intensity = {.max_restarts = 3, .within = 60s},
      .children = {born("child_a"),
                   born("child_b", {.plan = {{}, fails("busy"), fails("busy"), {}}})}});
  crash(born.up("child_b"), word("boom"));
  born.up("child_b");
  say("{}", counts(sup));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_restart_fails_then_succeeds
