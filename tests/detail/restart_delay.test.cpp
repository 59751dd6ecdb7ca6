#include "support/catch.hpp"
#include <otp/detail/restart_delay.hpp>
#include <otp/infinity.hpp>

#include <chrono>
#include <cstdint>
#include <vector>

using namespace std::chrono_literals;
using otp::detail::restart_delay;
using otp::detail::restart_delays;
using std::chrono::nanoseconds;

namespace {

// The waits of a child that ends as soon as it is started again.
std::vector<nanoseconds> waits(const otp::restart_backoff& how, int count,
                               std::uint64_t seed = 1) {
  restart_delays delays{how, seed};
  restart_delay child;
  std::vector<nanoseconds> all;
  nanoseconds now{0};
  for (int i = 0; i < count; ++i) {
    all.push_back(delays.after_end(child, now));
    now += all.back();
    child.since = now;
  }
  return all;
}

using times = std::vector<nanoseconds>;

}  // namespace

TEST_CASE("without a backoff every wait is zero (V-037)") {
  restart_delays delays{{}, 1};
  restart_delay child;
  CHECK(delays.are_none());
  CHECK(delays.after_end(child, 5s) == 0s);
  CHECK(delays.next(child) == 0s);
}

TEST_CASE("without a maximum all waits are as long as the first") {
  CHECK(waits({.base = 3s}, 4) == times{3s, 3s, 3s, 3s});
}

TEST_CASE("each wait is twice the last one, up to the maximum") {
  CHECK(waits({.base = 100ms, .max = 1s}, 6) == times{100ms, 200ms, 400ms, 800ms, 1s, 1s});
  CHECK(waits({.base = 1s, .max = 4s}, 4) == times{1s, 2s, 4s, 4s});
}

TEST_CASE("an attempt that fails makes the next wait longer as an end does") {
  restart_delays delays{{.base = 1s, .max = 10s}, 1};
  restart_delay child;
  CHECK(delays.after_end(child, 0s) == 1s);
  CHECK(delays.next(child) == 2s);
  CHECK(delays.next(child) == 4s);
  child.since = 7s;
  CHECK(delays.after_end(child, 8s) == 8s);
}

TEST_CASE("after a quiet the waits begin with the base again") {
  restart_delays delays{{.base = 1s, .max = 10s, .reset_after = 30s}, 1};
  restart_delay child;
  CHECK(delays.after_end(child, 0s) == 1s);
  child.since = 1s;
  CHECK(delays.after_end(child, 31s - 1ns) == 2s);
  child.since = 33s;
  CHECK(delays.after_end(child, 63s) == 1s);
}

TEST_CASE("the wait itself is no quiet") {
  CHECK(waits({.base = 1s, .max = 1h, .reset_after = 1ms}, 5) == times{1s, 2s, 4s, 8s, 16s});
}

TEST_CASE("jitter shortens each wait by up to its share, and differs by the seed") {
  const otp::restart_backoff how{.base = 1s, .max = 1h, .jitter = 0.25};
  const auto without = waits({.base = 1s, .max = 1h}, 10);
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto with = waits(how, 10, seed);
    CHECK(with == waits(how, 10, seed));
    CHECK(with != waits(how, 10, seed + 1));
    for (std::size_t i = 0; i < with.size(); ++i) {
      CHECK(with[i] <= without[i]);
      CHECK(with[i] > without[i] * 3 / 4);
    }
  }
}

TEST_CASE("waits without end do not overflow") {
  restart_delays delays{{.base = otp::infinity / 2, .max = otp::infinity, .jitter = 1}, 7};
  restart_delay child;
  for (int i = 0; i < 100; ++i) {
    const auto wait = delays.next(child);
    CHECK((wait >= 0s && wait <= otp::infinity));
  }
}
