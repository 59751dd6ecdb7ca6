// Our port of scripts/sup_intensity_zero.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_intensity_zero {

OTP_SCENARIO(sup_intensity_zero) {
  kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .intensity = {.max_restarts = 0}, .children = born.all({"child_a", "child_b"})});
  say("crash {}", word("child_a"));
  crash(born.up("child_a"), word("boom"));
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_intensity_zero
