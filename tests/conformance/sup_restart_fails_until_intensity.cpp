// Our port of scripts/sup_restart_fails_until_intensity.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_restart_fails_until_intensity {

OTP_SCENARIO(sup_restart_fails_until_intensity) {
  kids born;
  std::vector<start_plan> plan(10, fails("busy"));
  plan.front() = {};
  const auto sup = otp::start_link(otp::supervisor_spec{
      .intensity = {.max_restarts = 3, .within = 60s},
      .children = {born("child_a"), born("child_b", {.plan = plan}), born("child_c")}});
  crash(born.up("child_b"), word("boom"));
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_restart_fails_until_intensity
