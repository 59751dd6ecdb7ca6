// Our port of scripts/sup_rest_for_one_middle_crash.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_rest_for_one_middle_crash {

OTP_SCENARIO(sup_rest_for_one_middle_crash) {
  kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.strategy = otp::strategy::rest_for_one,
                           .children = born.all({"child_a", "child_b", "child_c", "child_d"})});
  const auto a = born.up("child_a");
  const auto b = born.up("child_b");
  born.up("child_c");
  born.up("child_d");
  say("crash {}", word("child_b"));
  crash(b, word("boom"));
  born.up("child_d");
  say("{} same process {}", word("child_a"), process_of(sup, "child_a") == a);
  stop_and_tell(sup);
}

}  // namespace conformance::sup_rest_for_one_middle_crash
