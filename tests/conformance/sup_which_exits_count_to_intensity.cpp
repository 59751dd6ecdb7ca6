// Our port of scripts/sup_which_exits_count_to_intensity.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_which_exits_count_to_intensity {

OTP_SCENARIO(sup_which_exits_count_to_intensity) {
  kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .intensity = {.max_restarts = 1, .within = 60s},
      .children = {born("perm"), born("trans", {.spec = {.restart = otp::restart::transient}}),
                   born("temp1", {.spec = {.restart = otp::restart::temporary}}),
                   born("temp2", {.spec = {.restart = otp::restart::temporary}})}});
  auto permanent = born.up("perm");
  const auto ends = [&](std::string_view label, otp::exit_reason why) {
    crash(born.up(label), std::move(why));
    until([&] { return state_of(sup, label) != "running"; });
    say("{} now {}", word(label), state_of(sup, label));
  };
  ends("temp1", word("boom"));
  ends("temp2", word("boom"));
  ends("trans", otp::reason::normal);
  say("first counted exit");
  crash(permanent, otp::reason::normal);
  permanent = born.up("perm");
  say("second counted exit");
  crash(permanent, otp::reason::normal);
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_which_exits_count_to_intensity
