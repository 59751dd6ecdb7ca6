// Our port of scripts/sup_significant_any.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_significant_any {

OTP_SCENARIO(sup_significant_any) {
  kids born;
  const auto transient = [](bool significant) {
    return kid_options{.spec = {.restart = otp::restart::transient}, .significant = significant};
  };
  const auto sup = otp::start_link(otp::supervisor_spec{
      .auto_shutdown = otp::auto_shutdown::any_significant,
      .children = {born("child_a"), born("sig_1", transient(true)), born("plain", transient(false)),
                   born("sig_2", transient(true))}});
  crash(born.up("plain"), otp::reason::normal);
  until([&] { return state_of(sup, "plain") == "stopped"; });
  say("supervisor still up");
  crash(born.up("sig_1"), otp::reason::normal);
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_significant_any
