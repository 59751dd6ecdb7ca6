// Our port of scripts/sup_start_and_reverse_shutdown.exs, whose first lines say what happens in it.
// Rows: V-012, V-050, V-057
#include "conformance/kids.hpp"

namespace conformance::sup_start_and_reverse_shutdown {

OTP_SCENARIO(sup_start_and_reverse_shutdown) {
  const kids born;
  const auto sup = otp::start_link(
      otp::supervisor_spec{.children = born.all({"child_a", "child_b", "child_c"})});
  say("sup started");
  otp::exit(sup.pid(), otp::reason::shutdown);
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

}  // namespace conformance::sup_start_and_reverse_shutdown
