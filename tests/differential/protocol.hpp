// What the driver of a program and its processes tell each other.
#pragma once

#include "program.hpp"
#include <otp/message.hpp>
#include <otp/pid.hpp>
#include <otp/timer.hpp>

#include <chrono>
#include <map>
#include <string>
#include <vector>

namespace differential {

// The same as in differential.erl.
inline constexpr std::chrono::milliseconds call_timeout{60};
inline constexpr std::chrono::milliseconds busy_time{120};
inline constexpr std::chrono::milliseconds short_delay{80};
inline constexpr std::chrono::hours long_delay{1};
inline constexpr std::chrono::milliseconds tick_time{160};
inline constexpr std::chrono::seconds patience{20};

/// All that has a label so far.
struct world {
  std::map<std::string, otp::pid> pids;
  std::map<std::string, otp::monitor_ref> monitors;
  std::map<std::string, otp::timer_ref> timers;
};

/// Driver to process: perform these, one after the other.
struct orders {
  std::vector<operation> operations;
  world known;
  bool interrupted;  ///< Whether to let others go first between two operations, by chance.
};

/// Driver to process: answer when you have done what came before.
struct ping {
  int round;
};
struct pong {
  std::string label;
  int round;
};

/// Between processes, and of timers.
struct message {
  otp::pid from;
  std::string timer;  ///< Instead of `from`.
  std::string number;
};

/// Process to driver: something happened.
struct told {
  std::string observer;
  otp::pid source;
  std::string source_text;  ///< Instead of `source`.
  std::string text;
  otp::pid subject{};  ///< Follows the text.
};

/// Process to driver: `who` is new. Unless it is about to end by itself, the driver watches it and
/// says so to `starter`, who waits.
struct born {
  std::string label;
  otp::pid who;
  otp::pid starter;
};
struct watched {};

struct monitor_made {
  std::string slot;
  otp::monitor_ref ref;
};
struct timer_made {
  std::string slot;
  otp::timer_ref ref;
};

}  // namespace differential

// A timer_ref may be kept and used anywhere.
template <>
inline constexpr bool otp::enable_sendable<differential::orders> = true;
template <>
inline constexpr bool otp::enable_sendable<differential::timer_made> = true;
