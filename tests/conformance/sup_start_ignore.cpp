// Our port of scripts/sup_start_ignore.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_start_ignore {

OTP_SCENARIO(sup_start_ignore) {
  const kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .children = {
          born("child_a"), born("child_b", {.plan = {ignored()}}),
          born("child_c", {.plan = {ignored()}, .spec = {.restart = otp::restart::temporary}}),
          born("child_d")}});
  for (const auto* label : {"child_a", "child_b", "child_c", "child_d"}) {
    say("{} {}", word(label), state_of(sup, label));
  }
  say("{}", counts(sup));
  say("restart_child {}", otp::restart_child(sup, word("child_b")) ? "ok(pid)" : "error");
  say("{}", counts(sup));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_start_ignore
