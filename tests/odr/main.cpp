// The first translation unit: a message made here is recognised there, and both see the same process.
#include "other.hpp"

#include <fmt/core.h>

#include <cstdlib>
#include <latch>
#include <string>

int main() {
  otp::runtime runtime{{.threads = 2}};
  int answered = 0;
  bool same_process = false;
  bool same_reason = false;
  int spawned_there = 0;
  std::latch finished{1};

  runtime.spawn([&] {
    const otp::pid me = otp::this_process::self();
    same_process = self_seen_by_other() == me;
    const otp::pid answerer = otp::spawn_link(answer_one_ping);
    otp::send(answerer, ping{.from = me, .number = 41});
    otp::receive([&](pong got) { answered = got.number; });
    const otp::pid stubborn = otp::spawn([] {
      otp::receive([](pong) {});
      otp::exit(std::string{"enough"});
    });
    same_reason = end_seen_by_other(stubborn) == otp::exit_reason{std::string{"enough"}};
    spawn_who_answers(me, 43);
    otp::receive([&](pong got) { spawned_there = got.number; });
    finished.count_down();
  });
  finished.wait();

  if (!same_process) fmt::print(stderr, "the other translation unit sees another process\n");
  if (answered != 42) fmt::print(stderr, "the answer is {} instead of 42\n", answered);
  if (!same_reason) fmt::print(stderr, "the other translation unit sees another exit reason\n");
  if (spawned_there != 43) fmt::print(stderr, "a process spawned there is lost\n");
  return same_process && answered == 42 && same_reason && spawned_there == 43 ? EXIT_SUCCESS : EXIT_FAILURE;
}
