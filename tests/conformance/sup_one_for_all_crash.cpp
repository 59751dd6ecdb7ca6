// Our port of scripts/sup_one_for_all_crash.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_one_for_all_crash {

OTP_SCENARIO(sup_one_for_all_crash) {
  kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.strategy = otp::strategy::one_for_all,
                           .children = born.all({"child_a", "child_b", "child_c"})});
  born.up("child_a");
  const auto b = born.up("child_b");
  born.up("child_c");
  say("crash {}", word("child_b"));
  crash(b, word("boom"));
  born.up("child_c");
  say("{}", counts(sup));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_one_for_all_crash
