// Our port of scripts/dyn_max_children.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::dyn_max_children {

std::string told(const otp::result<otp::pid, otp::start_failure>& answer) {
  if (answer) return "ok(pid)";
  return answer.error().ignored ? "ignore" : text(answer.error());
}

OTP_SCENARIO(dyn_max_children) {
  const kids born;
  const auto sup = otp::start_link(otp::dynamic_supervisor_spec{.max_children = 2});
  say("1 {}", told(otp::start_child(sup, born("kid_1", {.trap = false}))));
  say("failing {}", told(otp::start_child(sup, born("bad", {.plan = {fails("boom")}}))));
  say("ignored {}", told(otp::start_child(sup, born("ign", {.plan = {ignored()}}))));
  say("2 {}", told(otp::start_child(sup, born("kid_2", {.trap = false}))));
  say("3 {}", told(otp::start_child(sup, born("kid_3", {.trap = false}))));
  say("{}", counts(sup));
}

}  // namespace conformance::dyn_max_children
