// Our port of scripts/sup_nested_escalation.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_nested_escalation {

OTP_SCENARIO(sup_nested_escalation) {
  kids born;
  const otp::supervisor_spec inner{.intensity = {.max_restarts = 1, .within = 60s},
                                   .children = born.all({"leaf_a", "leaf_b"})};
  auto starts_inner = otp::child(inner).with({.id = word("inner")});
  starts_inner.start = [start = starts_inner.start] {
    say("{} start", word("inner"));
    return start();
  };
  const auto outer = otp::start_link(otp::supervisor_spec{
      .intensity = {.max_restarts = 1, .within = 60s}, .children = {born("worker"), starts_inner}});
  const auto crash_leaf = [&](int n) {
    const auto leaf = born.up("leaf_a");
    say("crash {} {}", word("leaf_a"), n);
    crash(leaf, word("boom"));
  };
  crash_leaf(1);
  crash_leaf(2);
  born.up("leaf_b");
  born.up("leaf_b");
  say("outer {}", counts(outer));
  crash_leaf(3);
  crash_leaf(4);
  say("outer exit {}", reason(exit_heard(outer.pid())));
}

}  // namespace conformance::sup_nested_escalation
