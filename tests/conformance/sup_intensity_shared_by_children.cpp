// Our port of scripts/sup_intensity_shared_by_children.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_intensity_shared_by_children {

OTP_SCENARIO(sup_intensity_shared_by_children) {
  kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.intensity = {.max_restarts = 2, .within = 60s},
                           .children = born.all({"child_a", "child_b", "child_c"})});
  for (const std::string label : {"child_a", "child_b", "child_c"}) {
    const auto process = born.up(label);
    say("crash {}", word(label));
    crash(process, word("boom"));
    if (label != "child_c") born.up(label);
  }
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_intensity_shared_by_children
