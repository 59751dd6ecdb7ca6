#include "support/catch.hpp"
#include <otp/detail/restart_window.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <deque>
#include <random>

using namespace std::chrono_literals;
using otp::detail::restart_window;
using std::chrono::nanoseconds;

namespace {

// What V-043 and V-048 say, word for word: keep everything, count what is inside the closed window.
class plain_window {
 public:
  plain_window(std::size_t max_restarts, nanoseconds within)
      : max_{max_restarts}, within_{within} {}

  bool record(nanoseconds now) {
    const auto inside = [&](nanoseconds then) { return then >= now - within_; };
    if (static_cast<std::size_t>(std::count_if(all_.begin(), all_.end(), inside)) + 1 > max_) {
      return false;
    }
    all_.push_back(now);
    return true;
  }

 private:
  std::size_t max_;
  nanoseconds within_;
  std::deque<nanoseconds> all_;
};

}  // namespace

TEST_CASE("a window allows as many restarts as its intensity and refuses the next (V-043)") {
  restart_window window{3, 5s};
  CHECK(window.record(1s));
  CHECK(window.record(1s));
  CHECK(window.record(2s));
  CHECK_FALSE(window.record(2s));
}

TEST_CASE("an intensity of zero refuses the first restart (V-043)") {
  restart_window window{0, 5s};
  CHECK_FALSE(window.record(0s));
}

TEST_CASE(
    "a restart exactly one period ago still counts, one nanosecond more and it does not (V-048)") {
  restart_window closed{1, 5s};
  CHECK(closed.record(10s));
  CHECK_FALSE(closed.record(15s));

  restart_window open{1, 5s};
  CHECK(open.record(10s));
  CHECK(open.record(15s + 1ns));
}

TEST_CASE("the window slides restart by restart (V-048)") {
  restart_window window{2, 10s};
  CHECK(window.record(0s));
  CHECK(window.record(6s));
  CHECK(window.record(11s));        // the one at 0 s is forgotten
  CHECK_FALSE(window.record(16s));  // those at 6 s and 11 s are not
  CHECK(window.record(17s));
}

TEST_CASE("restarts that are further apart than the period never add up (V-049)") {
  restart_window window{1, 1s};
  for (nanoseconds now = 0s; now < 1000s; now += 1s + 1ns) CHECK(window.record(now));
}

TEST_CASE("the ring agrees with a window that forgets nothing and counts anew each time") {
  std::mt19937_64 random{20221122};
  for (int run = 0; run < 2000; ++run) {
    const auto max = static_cast<std::size_t>(random() % 6);
    const nanoseconds within{1 + static_cast<std::int64_t>(random() % 20)};
    restart_window ring{max, within};
    plain_window plain{max, within};
    nanoseconds now{0};
    for (int step = 0; step < 60; ++step) {
      now += nanoseconds{static_cast<std::int64_t>(random() % 8)};
      const bool expected = plain.record(now);
      INFO("run " << run << ", step " << step << ", " << max << " restarts in " << within.count());
      REQUIRE(ring.record(now) == expected);
    }
  }
}
