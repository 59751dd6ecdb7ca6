// Our port of scripts/task_owner_rule.exs, whose first lines say what happens in it.
// Rows: T-012
#include "conformance/harness.hpp"

#include <otp/task.hpp>

namespace conformance::task_owner_rule {

struct go {};
struct tried {};

OTP_SCENARIO(task_owner_rule) {
  const auto me = otp::this_process::self();
  const auto t = otp::async([] {
    await<go>();
    return 5;
  });
  otp::spawn([me, t] {
    say("stranger: await {}", attempt([&] { t.await(); }));
    say("stranger: yield {}", attempt([&] { (void)t.yield(); }));
    say("stranger: shutdown {}", attempt([&] { t.shutdown(); }));
    otp::send(me, tried{});
  });
  await<tried>();
  otp::send(t.pid(), go{});
  say("main: await {}", attempt([&] { return t.await(); }));
}

}  // namespace conformance::task_owner_rule
