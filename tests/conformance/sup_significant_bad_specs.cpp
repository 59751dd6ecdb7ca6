// Our port of scripts/sup_significant_bad_specs.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_significant_bad_specs {

std::string told(const otp::exit_reason& why) {
  const auto mistake = why.get<otp::invalid_child_specs>()->mistakes.front().mistake;
  if (mistake == otp::spec_mistake::significant) {
    return "bad_combination([auto_shutdown(never),significant(true)])";
  }
  return mistake == otp::spec_mistake::significant_permanent
             ? "bad_combination([restart(permanent),significant(true)])"
             : "another";
}

OTP_SCENARIO(sup_significant_bad_specs) {
  const kids born;
  const auto transient =
      born("sig", {.spec = {.restart = otp::restart::transient}, .significant = true});
  const auto permanent = born("sig", {.significant = true});
  const auto started = [](otp::supervisor_spec spec) {
    return otp::try_start_link(std::move(spec)).error().reason;
  };
  say("never: error(start_spec({}))", told(started({.children = {transient}})));
  say("permanent: error(start_spec({}))",
      told(started(
          {.auto_shutdown = otp::auto_shutdown::any_significant, .children = {permanent}})));
  const auto sup = otp::start_link(otp::supervisor_spec{});
  say("start_child: error({})", told(otp::start_child(sup, transient).error().reason));
}

}  // namespace conformance::sup_significant_bad_specs
