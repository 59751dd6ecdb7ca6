// Our port of scripts/sup_intensity_exceeded.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_intensity_exceeded {

OTP_SCENARIO(sup_intensity_exceeded) {
  kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.intensity = {.max_restarts = 2, .within = 60s},
                           .children = born.all({"child_a", "child_b", "child_c"})});
  for (int n = 1; n <= 3; ++n) {
    const auto b = born.up("child_b");
    say("crash {}", n);
    crash(b, word("boom"));
  }
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_intensity_exceeded
