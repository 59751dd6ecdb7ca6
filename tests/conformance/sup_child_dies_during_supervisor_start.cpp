// Our port of scripts/sup_child_dies_during_supervisor_start.exs, whose first lines say what happens in it.
#include "conformance/kids.hpp"

namespace conformance::sup_child_dies_during_supervisor_start {

OTP_SCENARIO(sup_child_dies_during_supervisor_start) {
  kids born;
  otp::pid first;
  const auto sup = otp::start_link(otp::supervisor_spec{
      .intensity = {.max_restarts = 1},
      .children = {{.id = word("child_a"),
                    .start =
                        [&] {
                          const auto started = born.start("child_a");
                          first = *started;
                          return started;
                        }},
                   {.id = word("child_b"), .start = [&] {
                      shoot(first, otp::reason::kill);
                      say("{} killed, start of {} goes on", word("child_a"), word("child_b"));
                      return born.start("child_b");
                    }}}});
  born.up("child_a");
  born.up("child_a");
  say("{}", counts(sup));
  stop_and_tell(sup);
}

}  // namespace conformance::sup_child_dies_during_supervisor_start
