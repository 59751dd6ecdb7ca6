// Where services read the time: the real clocks, or those of a runtime on virtual time.
#pragma once

#include <chrono>
#include <functional>

namespace otp {

/// The two clocks of a service. The default reads the machine's; a runtime gives its own, so that a
/// simulated program sees virtual time everywhere.
/// Thread safety: both functions are called from any thread and must not throw.
struct time_source {
  /// Time since an unspecified start; never goes back. For durations.
  std::function<std::chrono::nanoseconds()> monotonic = [] {
    return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()};
  };
  /// Time of day. For people and files.
  std::function<std::chrono::system_clock::time_point()> system = [] {
    return std::chrono::system_clock::now();
  };
};

}  // namespace otp
