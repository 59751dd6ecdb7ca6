// Our port of scripts/sup_child_without_trap_dies_silently.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_child_without_trap_dies_silently {

struct go {};
struct stopping {
  otp::pid child;
};

OTP_SCENARIO(sup_child_without_trap_dies_silently) {
  kids born;
  const auto main = otp::this_process::self();
  // The other child goes on when the end of the plain one is printed, so that the lines have an
  // order.
  const auto waits = [main] {
    otp::send(main, stopping{otp::this_process::self()});
    await<go>();
  };
  const auto sup = otp::start_link(otp::supervisor_spec{
      .children = {born("trapping", {.before_stop = waits}), born("plain", {.trap = false})}});
  otp::monitor(born.up("plain"));
  otp::exit(sup.pid(), otp::reason::shutdown);
  say("{} exit {}", word("plain"), reason(await<otp::down>().reason));
  otp::send(await<stopping>().child, go{});
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_child_without_trap_dies_silently
