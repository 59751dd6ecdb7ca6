// Our port of scripts/task_crash_and_owner.exs, whose first lines say what happens in it.
// Rows: T-003, T-004, T-006, T-026, T-029
#include "conformance/harness.hpp"

#include <otp/task.hpp>
#include <otp/task_supervisor.hpp>

namespace conformance::task_crash_and_owner {

struct start {};
struct die {};
struct started_task {
  otp::pid process;
};

template <class Body>
void run(const char* label, Body body) {
  const auto p = otp::spawn([body] {
    await<start>();
    body();
  });
  otp::monitor(p);
  otp::send(p, start{});
  say("main: {} ended {}", label, reason(await<otp::down>().reason));
}

OTP_SCENARIO(task_crash_and_owner) {
  const auto me = otp::this_process::self();
  const auto boom = [] { otp::exit(word("boom")); };

  run("owner1", [boom] {
    const auto t = otp::async(boom);
    otp::sleep(2s);
    say("owner1: not reached by {}", t.pid());
  });
  run("owner2", [boom] {
    otp::this_process::trap_exit(true);
    const auto t = otp::async(boom);
    say("owner2: {}", attempt([&] { t.await(); }));
    say("owner2: exit message {}", reason(await<otp::exited>().reason));
    say("owner2: {}", mailbox());
  });
  run("owner3", [] {
    otp::this_process::trap_exit(true);
    const auto t = otp::async([] { throw std::runtime_error{word("bad")}; });
    say("owner3: {}", attempt([&] { t.await(); }));
  });

  const auto owner4 = otp::spawn([me] {
    const auto t = otp::async(sleep_for_ever);
    otp::send(me, started_task{t.pid()});
    await<die>();
    otp::exit(word("owner_gone"));
  });
  otp::monitor(await<started_task>().process);
  otp::send(owner4, die{});
  say("main: task of owner4 ended {}", reason(await<otp::down>().reason));

  const auto tasks = otp::start_link(otp::task_supervisor_spec{});
  run("owner5", [boom, tasks] {
    const auto t = otp::async_nolink(tasks, boom);
    say("owner5: {}", attempt([&] { t.await(); }));
    say("owner5: {}", mailbox());
  });
}

}  // namespace conformance::task_crash_and_owner
