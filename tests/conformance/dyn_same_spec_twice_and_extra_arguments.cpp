// Our port of scripts/dyn_same_spec_twice_and_extra_arguments.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::dyn_same_spec_twice_and_extra_arguments {

OTP_SCENARIO(dyn_same_spec_twice_and_extra_arguments) {
  kids born;
  const auto sup = otp::start_link(otp::dynamic_supervisor_spec{});
  // Extra arguments are what the start function captures.
  auto spec = born("kid");
  spec.start = [x = word("x"), y = word("y"), label = word("kid"), start = spec.start] {
    say("start args {} {} {}", x, y, label);
    return start();
  };
  const auto first = *otp::start_child(sup, spec);
  must(otp::start_child(sup, spec));
  say("{}", counts(sup));
  born.up("kid");
  born.up("kid");
  crash(first, word("boom"));
  born.up("kid");
  for (const auto& each : otp::which_children(sup)) {
    say("{} {}", each.id.empty() ? "undefined" : each.id,
        each.type == otp::child_type::worker ? "worker" : "supervisor");
  }
}

}  // namespace conformance::dyn_same_spec_twice_and_extra_arguments
