// Our port of scripts/sup_transient_inner_gives_up.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_transient_inner_gives_up {

OTP_SCENARIO(sup_transient_inner_gives_up) {
  kids born;
  const otp::child_spec inner =
      otp::child(otp::supervisor_spec{.intensity = {.max_restarts = 0},
                                      .children = born.all({"leaf_a", "leaf_b"})})
          .with({.id = word("inner"), .restart = otp::restart::transient});
  const auto outer = otp::start_link(
      otp::supervisor_spec{.intensity = {.max_restarts = 0}, .children = {born("worker"), inner}});
  const auto leaf = born.up("leaf_a");
  say("crash {}", word("leaf_a"));
  crash(leaf, word("boom"));
  until([&] { return state_of(outer, "inner") != "running"; });
  say("{} {}, {}", word("inner"), state_of(outer, "inner"), counts(outer));
  must(otp::restart_child(outer, word("inner")));
  say("{} {}, {}", word("inner"), state_of(outer, "inner"), counts(outer));
  otp::stop(outer, otp::reason::shutdown);
  say("outer exit {}", reason(exit_heard(outer.pid())));
}

}  // namespace conformance::sup_transient_inner_gives_up
