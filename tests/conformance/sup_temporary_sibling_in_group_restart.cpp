// Our port of scripts/sup_temporary_sibling_in_group_restart.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_temporary_sibling_in_group_restart {

OTP_SCENARIO(sup_temporary_sibling_in_group_restart) {
  kids born;
  const kid_options temporary{.spec = {.restart = otp::restart::temporary}};
  const auto sup = otp::start_link(
      otp::supervisor_spec{.strategy = otp::strategy::one_for_all,
                           .children = {born("child_a"), born("temp_1", temporary),
                                        born("temp_2", temporary), born("child_d")}});
  crash(born.up("temp_2"), word("boom"));
  until([&] { return state_of(sup, "temp_2") == "removed"; });
  say("nobody restarted, {}", counts(sup));
  born.up("child_d");
  crash(born.up("child_a"), word("boom"));
  born.up("child_d");
  say("{} {}, {}", word("temp_1"), state_of(sup, "temp_1"), counts(sup));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_temporary_sibling_in_group_restart
