// How long a supervisor waits before each restart: restart_backoff as a state machine. Time and the
// seed of its chance come from outside.
#pragma once

#include <otp/detail/splitmix64.hpp>
#include <otp/restart_backoff.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace otp::detail {

// What is remembered of one child.
struct restart_delay {
  std::chrono::nanoseconds last{0};   // the latest wait, without its jitter; zero: none since a quiet
  std::chrono::nanoseconds since{0};  // when it was started again
};

// The waits of a supervisor's children; all are zero if there is no backoff.
class restart_delays {
 public:
  // The settings have been found valid.
  restart_delays(const restart_backoff& how, std::uint64_t seed) : how_{how}, random_{seed} {}

  bool are_none() const noexcept { return how_.base == std::chrono::nanoseconds::zero(); }

  // Before the restart of a child that ended at `now`.
  std::chrono::nanoseconds after_end(restart_delay& of, std::chrono::nanoseconds now) {
    if (now - of.since >= how_.reset_after) of.last = {};
    return next(of);
  }

  // Before the next attempt, when one has failed.
  std::chrono::nanoseconds next(restart_delay& of) {
    if (are_none()) return {};
    const auto longest = std::max(how_.base, how_.max);
    if (of.last == std::chrono::nanoseconds::zero()) {
      of.last = how_.base;
    } else {
      of.last = of.last > longest / 2 ? longest : of.last * 2;
    }
    return of.last - chance(of.last);
  }

 private:
  // What is taken off a wait.
  std::chrono::nanoseconds chance(std::chrono::nanoseconds wait) {
    if (how_.jitter == 0) return {};
    constexpr auto bits = 53;  // of a double: less than 1 whatever is drawn
    const auto drawn = static_cast<double>(random_() >> (64 - bits)) /
                       static_cast<double>(std::uint64_t{1} << bits);
    const auto nanoseconds = static_cast<double>(wait.count()) * how_.jitter * drawn;
    return std::chrono::nanoseconds{static_cast<std::int64_t>(nanoseconds)};
  }

  restart_backoff how_;
  splitmix64 random_;
};

}  // namespace otp::detail
