// Our port of scripts/task_shutdown_and_yield.exs, whose first lines say what happens in it.
// Rows: T-014, T-016, T-017, T-019, T-028
#include "conformance/harness.hpp"

#include <otp/task_supervisor.hpp>

namespace conformance::task_shutdown_and_yield {

struct ready {};

template <class T>
std::string show(const std::optional<otp::result<T>>& outcome) {
  if (!outcome) return "nil";
  if (!*outcome) return fmt::format("exit({})", reason(outcome->error()));
  if constexpr (std::is_void_v<T>) {
    return "ok";
  } else {
    return fmt::format("ok({})", **outcome);
  }
}

OTP_SCENARIO(task_shutdown_and_yield) {
  otp::this_process::trap_exit(true);
  const auto me = otp::this_process::self();
  const auto tasks = otp::start_link(otp::task_supervisor_spec{});

  const auto slow = otp::async_nolink(tasks, sleep_for_ever);
  say("yield {}", show(slow.yield(10ms)));
  say("shutdown {}", show(slow.shutdown()));

  const auto quick = otp::async_nolink(tasks, [] { return 7; });
  gone(quick.pid());
  say("shutdown of finished {}", show(quick.shutdown()));

  const auto stubborn = otp::async_nolink(tasks, [me] {
    otp::this_process::trap_exit(true);
    otp::send(me, ready{});
    sleep_for_ever();
  });
  await<ready>();
  say("brutal {}", show(stubborn.shutdown(otp::brutal_kill)));

  const auto orphan = otp::start_child(tasks, [] { otp::exit(word("boom")); });
  gone(*orphan);
  while (!otp::children(tasks).empty()) otp::sleep(2ms);
  say("not restarted");
}

}  // namespace conformance::task_shutdown_and_yield
