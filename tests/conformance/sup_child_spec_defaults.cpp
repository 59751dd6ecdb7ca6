// Our port of scripts/sup_child_spec_defaults.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_child_spec_defaults {

OTP_SCENARIO(sup_child_spec_defaults) {
  const kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .children = {born("w"), otp::child(otp::supervisor_spec{}).with({.id = word("s")})}});
  for (const auto* id : {"w", "s"}) {
    const auto spec = *otp::get_child_spec(sup, word(id));
    const auto allowed = spec.shutdown.allowance();
    say("{} restart={} shutdown={} type={} significant={}", word(id),
        spec.restart == otp::restart::permanent ? "permanent" : "another",
        allowed == otp::infinity ? "infinity" : std::to_string(allowed / 1ms),
        spec.type == otp::child_type::worker ? "worker" : "supervisor", spec.significant);
  }
  say("missing error({})", otp::get_child_spec(sup, "nope").error().what);
  stop_and_tell(sup);
}

}  // namespace conformance::sup_child_spec_defaults
