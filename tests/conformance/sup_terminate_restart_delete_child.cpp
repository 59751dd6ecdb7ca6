// Our port of scripts/sup_terminate_restart_delete_child.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_terminate_restart_delete_child {

std::string told(const otp::result<void, otp::child_error>& answer) {
  return answer ? "ok" : fmt::format("error({})", answer.error().what);
}
std::string told(const otp::result<otp::pid, otp::child_error>& answer) {
  return answer ? "ok(pid)" : fmt::format("error({})", answer.error().what);
}

OTP_SCENARIO(sup_terminate_restart_delete_child) {
  const kids born;
  const auto sup =
      otp::start_link(otp::supervisor_spec{.strategy = otp::strategy::one_for_all,
                                           .intensity = {.max_restarts = 0},
                                           .children = born.all({"child_a", "child_b"})});
  const auto b = word("child_b");
  say("delete running {}", told(otp::delete_child(sup, b)));
  say("restart running {}", told(otp::restart_child(sup, b)));
  say("terminate {}", told(otp::terminate_child(sup, b)));
  say("{} {}", b, state_of(sup, "child_b"));
  say("terminate again {}", told(otp::terminate_child(sup, b)));
  say("restart {}", told(otp::restart_child(sup, b)));
  say("terminate {}", told(otp::terminate_child(sup, b)));
  say("delete {}", told(otp::delete_child(sup, b)));
  say("{} {}", b, state_of(sup, "child_b"));
  say("delete gone {}", told(otp::delete_child(sup, b)));
  say("restart gone {}", told(otp::restart_child(sup, b)));
  say("terminate gone {}", told(otp::terminate_child(sup, b)));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_terminate_restart_delete_child
