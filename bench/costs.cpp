// What is paid without asking: an idle crowd, events that nobody listens to. And the control of all runs
// on several threads: loops that share nothing, which show how much more the machine does with two.
#include "workloads.hpp"
#include <otp/gen_server.hpp>
#include <otp/telemetry.hpp>
#include <otp/timer.hpp>

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <thread>

namespace otp_bench {

namespace in_costs {

using bench::outcome;
using bench::settings;
using namespace std::chrono_literals;

struct tick {};

class idler : public otp::gen_server<idler> {
 public:
  using info = otp::messages<tick>;
  explicit idler(std::atomic<std::uint64_t>* ticks) : ticks_{ticks} {}
  void handle_info(tick) { ++*ticks_; }

 private:
  std::atomic<std::uint64_t>* ticks_;
};

outcome idle(const settings& with) {
  const auto count = with.part(100'000);
  const auto timer_count = std::min<std::uint64_t>(with.part(1'000, 10), count);
  const auto window = with.divisor == 1 ? 10s : 1s;
  std::atomic<std::uint64_t> ticks{0};
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  for (std::uint64_t i = 0; i < count; ++i) {
    const auto server = otp::start<idler>(&ticks);
    if (i < timer_count) {
      otp::send_after(1s + std::chrono::nanoseconds{59s} / timer_count * i, server.pid(), tick{});
    }
  }
  std::this_thread::sleep_for(500ms);
  const bench::stopwatch watch;
  std::this_thread::sleep_for(window);
  auto result =
      measured(watch, fmt::format("{} idle servers, {} timers of 1 to 60 s", count, timer_count),
               count, static_cast<std::uint64_t>(rt.process_count()), count);
  result.extra = fmt::format("cpu_percent={:.3f} timers_fired={}",
                             100 * result.cpu_seconds / result.seconds, ticks.load());
  return result;
}

outcome events(const settings& with) {
  const auto count = with.part(20'000'000);
  otp::runtime rt{quiet(with)};
  bench::stopwatch watch;
  const auto sum = in_process(rt, [&] {
    watch = bench::stopwatch{};
    std::uint64_t total = 0;
    for (std::uint64_t i = 1; i <= count; ++i) {
      otp::telemetry::execute("bench.loop.turn", [&] {
        return otp::telemetry_data{{{"turn", static_cast<std::int64_t>(i)}}, {{"of", "loop"}}};
      });
      total += i;
    }
    return total;
  });
  return measured(watch, fmt::format("{} telemetry events without handlers", count), count, sum,
                  bench::sum_to(count));
}

outcome control(const settings& with) {
  const auto each = with.part(1'000'000);
  const bench::stopwatch watch;
  std::atomic<std::uint64_t> sum{0};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < with.threads; ++t) {
    threads.emplace_back([&] {
      std::uint64_t state = 1;
      for (std::uint64_t i = 0; i < each; ++i) state = bench::compute(state);
      sum += state;
    });
  }
  for (auto& each_thread : threads) each_thread.join();
  std::uint64_t expected = 1;
  auto result = measured(watch, fmt::format("{} loops that share nothing", with.threads),
                         each * with.threads, sum, 0);
  for (std::uint64_t i = 0; i < each; ++i) expected = bench::compute(expected);
  result.expected = expected * with.threads;
  return result;
}

}  // namespace in_costs

workloads costs() {
  using namespace in_costs;
  return {
      {"idle", "CPU time of 100,000 idle servers and 1,000 slow timers", idle},
      {"telemetry", "an event that nobody listens to", events},
      {"control", "independent loops, one on each thread: how the machine scales", control},
  };
}

}  // namespace otp_bench
