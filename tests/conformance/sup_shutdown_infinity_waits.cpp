// Our port of scripts/sup_shutdown_infinity_waits.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_shutdown_infinity_waits {

struct go {};
struct waiting {
  otp::pid process;
};

OTP_SCENARIO(sup_shutdown_infinity_waits) {
  const kids born;
  const auto main = otp::this_process::self();
  const auto holds_up = [main] {
    otp::send(main, waiting{otp::this_process::self()});
    await<go>();
    say("{} finished", word("child_b"));
  };
  const auto sup = otp::start_link(otp::supervisor_spec{
      .children = {born("child_a"),
                   born("child_b", {.on_stop = holds_up, .spec = {.shutdown = otp::infinity}})}});
  otp::exit(sup.pid(), otp::reason::shutdown);
  const auto b = await<waiting>().process;
  say("{} is holding up the shutdown", word("child_b"));
  otp::send(b, go{});
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_shutdown_infinity_waits
