// Our port of scripts/dyn_restart_types_and_terminate.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::dyn_restart_types_and_terminate {

OTP_SCENARIO(dyn_restart_types_and_terminate) {
  kids born;
  const auto sup = otp::start_link(otp::dynamic_supervisor_spec{.intensity = {.max_restarts = 10}});
  const auto ends = [&](std::string_view label, otp::restart type, otp::exit_reason why) {
    must(otp::start_child(sup, born(label, {.spec = {.restart = type}})));
    crash(born.up(label), std::move(why));
    until([&] { return otp::count_children(sup).specs == 0; });
    say("{} gone", word(label));
  };
  ends("trans", otp::restart::transient, otp::reason::normal);
  ends("trans2", otp::restart::transient, otp::reason::shutdown(word("x")));
  ends("temp", otp::restart::temporary, word("boom"));
  must(otp::start_child(sup, born("perm")));
  crash(born.up("perm"), otp::reason::normal);
  const auto again = born.up("perm");
  const auto terminate = [&] {
    const auto answer = otp::terminate_child(sup, again);
    return answer ? "ok" : fmt::format("error({})", answer.error().what);
  };
  say("terminate {}", terminate());
  say("terminate again {}", terminate());
  say("{}", counts(sup));
}

}  // namespace conformance::dyn_restart_types_and_terminate
