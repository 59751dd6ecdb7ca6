// Our port of scripts/sup_simple_one_for_one.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_simple_one_for_one {

OTP_SCENARIO(sup_simple_one_for_one) {
  kids born;
  const auto base = word("base");
  const auto with_template = [&](std::string_view label) {
    auto spec = born(label);
    spec.start = [base, label = word(label), start = spec.start] {
      say("start args {} {}", base, label);
      return start();
    };
    return spec;
  };
  const auto sup = otp::start_link(
      otp::dynamic_supervisor_spec{.intensity = {.max_restarts = 3, .within = 60s}});
  // OTP counts the template as one spec, which a dynamic supervisor does not have.
  const auto with_spec = [&] {
    auto n = otp::count_children(sup);
    return fmt::format("specs=1 active={} supervisors={} workers={}", n.active, n.supervisors,
                       n.workers);
  };
  say("{}", with_spec());
  const auto kid_1 = *otp::start_child(sup, with_template("kid_1"));
  must(otp::start_child(sup, with_template("kid_2")));
  say("{}", with_spec());
  born.up("kid_1");
  crash(kid_1, word("boom"));
  const auto again = born.up("kid_1");
  say("terminate by pid {}", otp::terminate_child(sup, again) ? "ok" : "error");
  say("{}", with_spec());
  stop_and_tell(sup);
}

}  // namespace conformance::sup_simple_one_for_one
