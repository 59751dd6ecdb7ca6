// Our port of scripts/task_await_timeout.exs, whose first lines say what happens in it.
// Rows: T-008, T-009, T-013
#include "conformance/harness.hpp"

#include <otp/task.hpp>

namespace conformance::task_await_timeout {

struct go {};
struct ran {};

OTP_SCENARIO(task_await_timeout) {
  const auto me = otp::this_process::self();
  const auto t = otp::async([me] {
    await<go>();
    say("task: running");
    otp::send(me, ran{});
    return std::string{"value"};
  });
  say("main: {}", attempt([&] { return t.await(40ms); }));
  say("main: task alive {}", otp::is_alive(t.pid()));
  otp::send(t.pid(), go{});
  await<ran>();
  const auto end = gone(t.pid());
  say("main: task ended {}", end == otp::reason::normal || end == otp::reason::noproc);
  say("main: {}", mailbox());
  say("main: again {}", attempt([&] { return t.await(40ms); }));
}

}  // namespace conformance::task_await_timeout
