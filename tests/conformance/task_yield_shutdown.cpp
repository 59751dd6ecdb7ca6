// Our port of scripts/task_yield_shutdown.exs, whose first lines say what happens in it.
// Rows: T-014, T-015, T-016, T-017, T-018, T-019, T-021
#include "conformance/harness.hpp"

#include <otp/task.hpp>

namespace conformance::task_yield_shutdown {

struct go {};
struct trapping {};

template <class T>
std::string show(const std::optional<otp::result<T>>& outcome) {
  if (!outcome) return "nil";
  if (!*outcome) return "exit " + reason(outcome->error());
  if constexpr (std::is_void_v<T>) {
    return "value ok";
  } else {
    return "value " + text(**outcome);
  }
}

void drain() {
  while (otp::receive([](otp::exited) { return true; }, otp::after(40ms, [] { return false; }))) {
  }
}

OTP_SCENARIO(task_yield_shutdown) {
  otp::this_process::trap_exit(true);
  const auto me = otp::this_process::self();

  say("quick: yield {}", show(otp::async([] { return 1; }).yield(1s)));

  const auto slow = otp::async([] {
    await<go>();
    return 2;
  });
  say("slow: yield {}", show(slow.yield(40ms)));
  otp::send(slow.pid(), go{});
  say("slow: yield {}", show(slow.yield(1s)));

  const auto stuck = otp::async(sleep_for_ever);
  say("stuck: yield {}", show(stuck.yield(20ms)));
  const auto stopped = show(stuck.shutdown());
  say("stuck: shutdown {} alive {}", stopped, otp::is_alive(stuck.pid()));

  const auto done = otp::async([] { return 4; });
  gone(done.pid());
  say("done: shutdown {}", show(done.shutdown()));

  const auto stubborn = otp::async([me] {
    otp::this_process::trap_exit(true);
    otp::send(me, trapping{});
    sleep_for_ever();
  });
  await<trapping>();
  say("stubborn: shutdown {}", show(stubborn.shutdown(40ms)));

  const auto brutal = otp::async(sleep_for_ever);
  const auto killed = show(brutal.shutdown(otp::brutal_kill));
  say("brutal: shutdown {} alive {}", killed, otp::is_alive(brutal.pid()));

  say("failed: yield {}", show(otp::async([] { otp::exit(word("boom")); }).yield(1s)));
  drain();
  say("main: {}", mailbox());
}

}  // namespace conformance::task_yield_shutdown
