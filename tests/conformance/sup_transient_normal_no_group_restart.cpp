// Our port of scripts/sup_transient_normal_no_group_restart.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_transient_normal_no_group_restart {

OTP_SCENARIO(sup_transient_normal_no_group_restart) {
  kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .strategy = otp::strategy::one_for_all,
      .children = {born("child_a"),
                   born("child_b", {.spec = {.restart = otp::restart::transient}})}});
  crash(born.up("child_b"), otp::reason::normal);
  until([&] { return state_of(sup, "child_b") == "stopped"; });
  say("{} {}", word("child_b"), state_of(sup, "child_b"));
  crash(born.up("child_a"), word("boom"));
  born.up("child_a");
  born.up("child_b");
  say("{} {}", word("child_b"), state_of(sup, "child_b"));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_transient_normal_no_group_restart
