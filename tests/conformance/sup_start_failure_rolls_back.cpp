// Our port of scripts/sup_start_failure_rolls_back.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_start_failure_rolls_back {

OTP_SCENARIO(sup_start_failure_rolls_back) {
  const kids born;
  const auto started = otp::try_start_link(otp::supervisor_spec{
      .children = {born("child_a"), born("child_b"), born("child_c", {.plan = {fails("boom")}}),
                   born("child_d")}});
  say("start_link {}", text(started.error()));
  say("exit signal {}", reason(await<otp::exited>().reason));
}

}  // namespace conformance::sup_start_failure_rolls_back
