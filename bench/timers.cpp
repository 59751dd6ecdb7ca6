// Timers (W9): a million that fire, a million that are cancelled, and one after the other.
#include "workloads.hpp"
#include <otp/receive.hpp>
#include <otp/timer.hpp>

#include <fmt/format.h>

#include <chrono>

namespace otp_bench {

namespace in_timers {

using bench::outcome;
using bench::settings;
using otp::this_process::self;
using namespace std::chrono_literals;

struct number {
  std::uint64_t value;
};

outcome fire(const settings& with) {
  const bench::timer_size size{with};
  otp::runtime rt{quiet(with)};
  const bench::stopwatch watch;
  double armed = 0;
  const auto sum = in_process(rt, [&] {
    for (std::uint64_t i = 1; i <= size.timers; ++i) {
      otp::send_after(std::chrono::milliseconds{bench::timer_size::delay_ms(i)}, self(), number{i});
    }
    armed = watch.seconds();
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < size.timers; ++i) {
      total += otp::receive([](number n) { return n.value; });
    }
    return total;
  });
  auto result = measured(watch, fmt::format("{} timers of 1 to 1000 ms", size.timers), size.timers,
                         sum, bench::sum_to(size.timers));
  result.extra = fmt::format("seconds_until_armed={:.3f}", armed);
  return result;
}

outcome cancel(const settings& with) {
  const bench::timer_size size{with};
  otp::runtime rt{quiet(with)};
  const bench::stopwatch watch;
  const auto cancelled = in_process(rt, [&] {
    std::vector<otp::timer_ref> timers;
    timers.reserve(size.timers);
    for (std::uint64_t i = 0; i < size.timers; ++i) {
      timers.push_back(
          otp::send_after(60s + std::chrono::milliseconds{i % 1000}, self(), number{i}));
    }
    std::uint64_t count = 0;
    for (const auto& each : timers) count += otp::cancel_timer(each) ? 1U : 0U;
    return count;
  });
  return measured(watch, fmt::format("{} timers of a minute, then all cancelled", size.timers),
                  size.timers, cancelled, size.timers);
}

outcome cancel_at_once(const settings& with) {
  const bench::timer_size size{with};
  otp::runtime rt{quiet(with)};
  const bench::stopwatch watch;
  const auto cancelled = in_process(rt, [&] {
    std::uint64_t count = 0;
    for (std::uint64_t i = 0; i < size.timers; ++i) {
      count += otp::cancel_timer(otp::send_after(5s, self(), number{i})) ? 1U : 0U;
    }
    return count;
  });
  return measured(watch, fmt::format("{} timers of 5 s, each cancelled at once", size.timers),
                  size.timers, cancelled, size.timers);
}

}  // namespace in_timers

workloads timers() {
  using namespace in_timers;
  return {
      {"W9a", "timers that fire", fire},
      {"W9b", "timers, then all cancelled", cancel},
      {"W9c", "timers, each cancelled at once", cancel_at_once},
  };
}

}  // namespace otp_bench
