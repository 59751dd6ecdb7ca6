// Our port of scripts/sup_one_for_one_crash.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_one_for_one_crash {

OTP_SCENARIO(sup_one_for_one_crash) {
  kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.children = born.all({"child_a", "child_b", "child_c"})});
  const auto a = born.up("child_a");
  const auto b = born.up("child_b");
  const auto c = born.up("child_c");
  say("crash {}", word("child_b"));
  crash(b, word("boom"));
  const auto b2 = born.up("child_b");
  const auto now = process_of(sup, "child_b");
  say("{} same process {}", word("child_a"), process_of(sup, "child_a") == a);
  say("{} same process {} is the new one {}", word("child_b"), now == b, now == b2);
  say("{} same process {}", word("child_c"), process_of(sup, "child_c") == c);
  stop_and_tell(sup);
}

}  // namespace conformance::sup_one_for_one_crash
