// Our port of scripts/sup_killed_children_fate.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_killed_children_fate {

OTP_SCENARIO(sup_killed_children_fate) {
  kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.children = {born("plain", {.trap = false}), born("trapping")}});
  const auto plain = otp::monitor(born.up("plain"));
  otp::monitor(born.up("trapping"));
  say("kill sup");
  otp::exit(sup.pid(), otp::reason::kill);
  otp::exit_reason plain_end;
  otp::exit_reason trapping_end;
  for (int i = 0; i < 2; ++i) {
    const auto end = await<otp::down>();
    (end.ref == plain ? plain_end : trapping_end) = end.reason;
  }
  say("{} exit {}", word("trapping"), reason(trapping_end));
  say("{} exit {}", word("plain"), reason(plain_end));
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_killed_children_fate
