// Our port of scripts/dyn_restart_ignored_or_failing.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::dyn_restart_ignored_or_failing {

OTP_SCENARIO(dyn_restart_ignored_or_failing) {
  kids born;
  const auto sup = otp::start_link(
      otp::dynamic_supervisor_spec{.intensity = {.max_restarts = 5, .within = 60s}});
  must(otp::start_child(sup, born("kid_1", {.plan = {{}, ignored()}})));
  crash(born.up("kid_1"), word("boom"));
  until([&] { return otp::count_children(sup).specs == 0; });
  say("{} gone", word("kid_1"));
  must(otp::start_child(sup, born("kid_2", {.plan = {{}, fails("busy"), fails("busy")}})));
  crash(born.up("kid_2"), word("boom"));
  born.up("kid_2");
  say("{}", counts(sup));
}

}  // namespace conformance::dyn_restart_ignored_or_failing
