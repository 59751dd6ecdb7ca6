// Our port of scripts/task_async_nolink.exs, whose first lines say what happens in it.
// Rows: T-001, T-006, T-029, T-030
#include "conformance/harness.hpp"

#include <otp/task_supervisor.hpp>

namespace conformance::task_async_nolink {

OTP_SCENARIO(task_async_nolink) {
  otp::this_process::trap_exit(true);
  const auto tasks = otp::start_link(otp::task_supervisor_spec{});
  const auto boom = [] { otp::exit(word("boom")); };

  say("await {}", otp::async(tasks, [] { return 42; }).await());

  const auto watched = otp::async_nolink(tasks, boom);
  const auto ended = await<otp::completion<void>>();
  if (ended.ref == watched.ref()) say("nolink down {}", reason(ended.outcome.error()));
  say("{}", otp::receive([](otp::exited) { return "exit signal"; },
                         otp::after(0s, [] { return "no exit signal"; })));

  const auto awaited = otp::async_nolink(tasks, boom);
  try {
    awaited.await();
  } catch (const otp::exit_error& error) {
    say("await nolink exits({})", reason(error.reason().root()));
  }

  const auto linked = otp::async(tasks, boom);
  say("linked exit signal {}", reason(await<otp::exited>().reason));
  if (const auto outcome = linked.yield(); outcome && !*outcome) {
    say("yield linked exit({})", reason(outcome->error()));
  }
  while (!otp::children(tasks).empty()) otp::sleep(2ms);
  say("children left {}", otp::children(tasks).size());
}

}  // namespace conformance::task_async_nolink
