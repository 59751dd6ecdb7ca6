// How long a supervisor waits before it starts a child again. OTP's supervisors do not wait (V-037),
// and neither do ours unless they are told to:
//
//     .backoff = {.base = 1s}                                  // a second each time
//     .backoff = {.base = 100ms, .max = 30s, .jitter = 0.5}    // 100 ms, 200 ms, 400 ms, ... 30 s
//
// While a child waits its state is `child_state::restarting`, and its supervisor serves calls. What the
// strategy stops together with it is stopped at once, and starts with it after the wait.
// `terminate_child` ends the wait of that child: it stays stopped, and so do those that were to start
// with it. Each attempt counts for the restart_intensity as always, at the time when it is made: waits
// that are long enough keep a supervisor from giving up.
#pragma once

#include <chrono>

namespace otp {

/// The waits before the restarts of one child; each child of a supervisor has its own.
struct restart_backoff {
  std::chrono::nanoseconds base{0};  ///< Before the first restart; zero: no waiting at all.
  /// Each wait is twice the last one, up to this; zero: all are as long as the first.
  std::chrono::nanoseconds max{0};
  /// The share of a wait, from 0 to 1, that is drawn anew each time: with 0.2 it takes between 80 and
  /// 100 percent. So that children that failed together do not all come back together.
  double jitter = 0;
  /// When a child ends so long after its latest restart, its waits begin with `base` again.
  std::chrono::nanoseconds reset_after{std::chrono::minutes{1}};

  bool operator==(const restart_backoff&) const = default;
};

}  // namespace otp
