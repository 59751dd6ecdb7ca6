// Our port of scripts/sup_start_child_errors.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_start_child_errors {

std::string told(const otp::result<otp::pid, otp::child_error>& answer) {
  if (answer) return *answer ? "ok(pid)" : "ok(undefined)";
  const auto& error = answer.error();
  if (error.what == otp::refusal::already_started) return "error(already_started(pid))";
  if (error.what == otp::refusal::start_failed) {
    return fmt::format("error({},child_record)", reason(error.reason));
  }
  if (const auto* wrong = error.reason.get<otp::invalid_child_specs>()) {
    switch (wrong->mistakes.front().mistake) {
      case otp::spec_mistake::missing_id:
        return "error(missing_id)";
      case otp::spec_mistake::missing_start:
        return "error(missing_start)";
      case otp::spec_mistake::negative_shutdown:
        return "error(invalid_shutdown(-1))";
      default:
        return "error(another)";
    }
  }
  return fmt::format("error({})", error.what);
}

OTP_SCENARIO(sup_start_child_errors) {
  kids born;
  const auto sup = otp::start_link(otp::supervisor_spec{.children = born.all({"child_a"})});
  say("new {}", told(otp::start_child(sup, born("child_b"))));
  say("same running {}", told(otp::start_child(sup, born("child_b"))));
  must(otp::terminate_child(sup, word("child_b")));
  say("same stopped {}", told(otp::start_child(sup, born("child_b"))));
  auto no_id = born("x");
  no_id.id.clear();
  say("optional: no id {}", told(otp::start_child(sup, no_id)));
  auto no_start = born("x");
  no_start.start = nullptr;
  say("optional: no start {}", told(otp::start_child(sup, no_start)));
  say("bad shutdown {}", told(otp::start_child(sup, born("x", {.spec = {.shutdown = -1ms}}))));
  say("failing {}", told(otp::start_child(sup, born("child_c", {.plan = {fails("boom")}}))));
  say("{} {}", word("child_c"), state_of(sup, "child_c"));
  say("ignored {}", told(otp::start_child(sup, born("child_d", {.plan = {ignored()}}))));
  say("{} {}", word("child_d"), state_of(sup, "child_d"));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_start_child_errors
