// The second translation unit: includes everything once more and works in processes of the first.
#include "other.hpp"

#include <chrono>

otp::pid self_seen_by_other() {
  return otp::this_process::self();
}

void answer_one_ping() {
  otp::receive([](ping got) { otp::send(got.from, pong{got.number + 1}); });
}

otp::exit_reason end_seen_by_other(otp::pid process) {
  otp::monitor(process);
  otp::send(process, pong{});
  return otp::receive([](otp::down ended) { return ended.reason; });
}

void spawn_who_answers(otp::pid to, int number) {
  otp::spawn([to, number] { otp::send_after(std::chrono::milliseconds{1}, to, pong{number}); });
}
