// What the two translation units say to each other.
#pragma once

#include <otp/otp.hpp>

// A type that is to be the same one in both is exported, like an exception that is to cross a border.
struct [[gnu::visibility("default")]] ping {
  otp::pid from;
  int number = 0;
};

struct [[gnu::visibility("default")]] pong {
  int number = 0;
};

/// The calling process as the other translation unit sees it.
[[gnu::visibility("default")]] otp::pid self_seen_by_other();

/// Receives one ping and answers it, in the calling process.
[[gnu::visibility("default")]] void answer_one_ping();

/// Sends the process a pong, and waits for its end: the reason.
[[gnu::visibility("default")]] otp::exit_reason end_seen_by_other(otp::pid process);

/// Spawns a process that sends `to` a pong with `number` after a timer has fired.
[[gnu::visibility("default")]] void spawn_who_answers(otp::pid to, int number);
