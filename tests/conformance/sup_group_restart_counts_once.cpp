// Our port of scripts/sup_group_restart_counts_once.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_group_restart_counts_once {

OTP_SCENARIO(sup_group_restart_counts_once) {
  kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.strategy = otp::strategy::one_for_all,
                           .intensity = {.max_restarts = 2, .within = 60s},
                           .children = born.all({"child_a", "child_b", "child_c", "child_d"})});
  for (int n = 1; n <= 3; ++n) {
    born.up("child_b");
    born.up("child_c");
    const auto a = born.up("child_a");
    born.up("child_d");
    say("crash {}", n);
    crash(a, word("boom"));
  }
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_group_restart_counts_once
