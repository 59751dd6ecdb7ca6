// Our port of scripts/sup_duplicate_ids.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_duplicate_ids {

OTP_SCENARIO(sup_duplicate_ids) {
  const kids born;
  const auto started = otp::try_start_link(
      otp::supervisor_spec{.children = born.all({"child_a", "child_b", "child_a"})});
  const auto* wrong = started.error().reason.get<otp::invalid_child_specs>();
  say("start_link error(start_spec({}({})))",
      wrong->mistakes.front().mistake == otp::spec_mistake::duplicate_id ? "duplicate_child_name"
                                                                         : "another",
      wrong->mistakes.front().id);
}

}  // namespace conformance::sup_duplicate_ids
