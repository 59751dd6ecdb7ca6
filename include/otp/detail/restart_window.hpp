// How many restarts a supervisor has made lately, and whether one more is too many.
//
// The window is closed and slides: a restart made exactly `within` ago still counts, one nanosecond
// later it does not (V-048). Time comes from outside, so that it can be virtual.
#pragma once

#include <chrono>
#include <cstddef>
#include <vector>

namespace otp::detail {

// The restarts that still count, in a ring that never holds more than the intensity allows:
// recording one is O(1), where a list of all restarts in the period would have to be walked each
// time.
class restart_window {
 public:
  restart_window(std::size_t max_restarts, std::chrono::nanoseconds within)
      : max_restarts_{max_restarts}, within_{within} {}

  // Enters a restart made at `now` (of a clock that never goes back). False: it is one too many,
  // and the supervisor has to give up; nothing is entered then (V-043).
  [[nodiscard]] bool record(std::chrono::nanoseconds now) {
    if (!times_.empty() && now - times_[oldest_] > within_) {
      times_[oldest_] = now;
      oldest_ = (oldest_ + 1) % times_.size();
      return true;
    }
    if (times_.size() == max_restarts_) return false;
    // Everything held is recent, so the ring has to grow: the new entry goes where the ring closes.
    if (oldest_ == 0) {
      times_.push_back(now);
    } else {
      times_.insert(times_.begin() + static_cast<std::ptrdiff_t>(oldest_), now);
      ++oldest_;
    }
    return true;
  }

  // Whether a restart would be allowed that is made `after` from now, and none before it.
  bool allows(std::chrono::nanoseconds now, std::chrono::nanoseconds after) const {
    if (times_.size() < max_restarts_) return true;
    return !times_.empty() && now - times_[oldest_] > within_ - after;
  }

 private:
  std::size_t max_restarts_;
  std::chrono::nanoseconds within_;
  std::vector<std::chrono::nanoseconds> times_;  // ascending from oldest_, around the end
  std::size_t oldest_ = 0;
};

}  // namespace otp::detail
