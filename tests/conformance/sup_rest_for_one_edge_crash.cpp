// Our port of scripts/sup_rest_for_one_edge_crash.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_rest_for_one_edge_crash {

OTP_SCENARIO(sup_rest_for_one_edge_crash) {
  kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.strategy = otp::strategy::rest_for_one,
                           .children = born.all({"child_a", "child_b", "child_c"})});
  const auto a = born.up("child_a");
  born.up("child_b");
  const auto c = born.up("child_c");
  say("crash {}", word("child_c"));
  crash(c, word("boom"));
  born.up("child_c");
  say("crash {}", word("child_a"));
  crash(a, word("boom"));
  born.up("child_c");
  stop_and_tell(sup);
}

}  // namespace conformance::sup_rest_for_one_edge_crash
