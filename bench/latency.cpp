// How long a call takes when the runtime is busy, and how long it takes to wake a runtime that is not.
//
// Calls arrive from outside at random times that do not wait for earlier answers (an open loop), and each
// is measured from the time at which it was meant to begin, so that a stall counts for all whom it delays.
// Meanwhile another process computes for a millisecond at a time. A control thread sleeps and notes how
// late it wakes: so late is the machine itself.
#include "workloads.hpp"
#include <otp/gen_server.hpp>

#include <fmt/format.h>
#include <sys/prctl.h>
#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <random>
#include <thread>

namespace otp_bench {

namespace in_latencies {

using bench::outcome;
using bench::settings;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

double microseconds(clock::duration duration) {
  return std::chrono::duration<double, std::micro>{duration}.count();
}

/// Keeps the thread busy; returns for how long.
clock::duration occupy(clock::duration duration) {
  const auto begin = clock::now();
  auto now = begin;
  while (now - begin < duration) now = clock::now();
  return now - begin;
}

/// Sleeps and notes how late it wakes, until it is destroyed.
class control_thread {
 public:
  control_thread() {
    thread_ = std::thread{[this] {
      ::prctl(PR_SET_TIMERSLACK, 1UL);
      for (auto due = clock::now() + 1ms; !stop_; due += 1ms) {
        std::this_thread::sleep_until(due);
        late_.push_back(microseconds(clock::now() - due));
        due = std::max(due, clock::now() - 1ms);
      }
    }};
  }
  control_thread(const control_thread&) = delete;
  control_thread& operator=(const control_thread&) = delete;
  ~control_thread() { finish(); }

  /// Microseconds; ends the thread.
  std::vector<double>& finish() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
    return late_;
  }

 private:
  std::atomic<bool> stop_{false};
  std::vector<double> late_;
  std::thread thread_;
};

class working_server : public otp::gen_server<working_server> {
 public:
  struct work {
    using reply = bool;
  };
  static constexpr auto duration = 10us;
  bool handle_call(work) {
    occupy(duration);
    return true;
  }
};

/// Computes for a millisecond out of five, until told to stop.
struct computing {
  static constexpr auto duration = 1ms;
  static constexpr auto period = 5ms;
  std::atomic<bool> stop{false};
  std::atomic<std::int64_t> longest{0};

  void operator()() {
    while (!stop) {
      const auto took = occupy(duration);
      longest = std::max<std::int64_t>(longest, took.count());
      otp::sleep(period - took);
    }
  }
};

/// Calls that arrive at `rate` a second, at random times: each by a process of its own. Waits until all
/// are answered, and returns their latencies in microseconds.
std::vector<double> arrivals(otp::server_ref<working_server> server, std::uint64_t count,
                             double rate) {
  std::vector<double> latencies(count);
  std::atomic<std::uint64_t> answered{0};
  std::mt19937_64 random{1};  // the same arrivals each time
  std::exponential_distribution<double> gap{rate};
  auto intended = clock::now() + 1ms;
  for (std::uint64_t i = 0; i < count; ++i) {
    intended +=
        std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>{gap(random)});
    while (clock::now() < intended) {
    }
    otp::spawn([&, intended, i] {
      otp::call(server, working_server::work{}, otp::infinity);
      latencies[i] = microseconds(clock::now() - intended);
      answered.fetch_add(1, std::memory_order_release);
    });
  }
  while (answered.load(std::memory_order_acquire) < count) std::this_thread::sleep_for(1ms);
  return latencies;
}

outcome calls_at_load(const settings& with, double load) {
  computing background;
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  const auto server = otp::start<working_server>();

  // What the runtime can do at most, with all that a call from outside costs it.
  const auto trial = with.part(20'000, 100);
  const bench::stopwatch trial_watch;
  arrivals(server, trial, 1e9);
  const auto capacity = static_cast<double>(trial) / trial_watch.seconds();

  const auto rate = (load - 0.2) * capacity;  // computing takes 20 %
  const auto count = with.part(static_cast<std::uint64_t>(rate * 5), 10);
  otp::spawn([&background] { background(); });
  control_thread control;
  const bench::stopwatch watch;
  auto latencies = arrivals(server, count, rate);
  auto result = measured(watch,
                         fmt::format("{:.0f} % of {:.0f} calls/s of 10 us, computing 20 %",
                                     100 * (load - 0.2), capacity),
                         count, latencies.size(), count);
  background.stop = true;
  const auto control_p99 = bench::quantile(control.finish(), 0.99);
  const auto handler = static_cast<double>(background.longest) / 1e3;
  const auto p99 = bench::quantile(latencies, 0.99);
  result.extra = fmt::format(
      "p50_us={:.1f} p99_us={:.1f} p999_us={:.1f} longest_handler_us={:.1f} control_p99_us={:.1f} "
      "beyond_us={:.1f} calls_per_s={:.0f}",
      bench::quantile(latencies, 0.5), p99, bench::quantile(latencies, 0.999), handler, control_p99,
      p99 - handler - control_p99, rate);
  return result;
}

// ---- waking

/// Notes when it was reached.
class bell : public otp::gen_server<bell> {
 public:
  struct ring {
    clock::time_point at;
  };
  explicit bell(std::atomic<std::int64_t>* heard) : heard_{heard} {}
  void handle_cast(ring r) { *heard_ = (clock::now() - r.at).count(); }

 private:
  std::atomic<std::int64_t>* heard_;
};

// Rings `count` times, a millisecond apart, so that whoever hears it has gone to sleep again.
template <class Ring>
std::vector<double> rings(std::uint64_t count, std::atomic<std::int64_t>& heard, Ring ring) {
  std::vector<double> samples;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::this_thread::sleep_for(1ms);
    heard = -1;
    ring(clock::now());
    while (heard < 0) std::this_thread::yield();
    samples.push_back(static_cast<double>(heard) / 1e3);
  }
  return samples;
}

// The floor: a thread that waits on a condition variable.
std::vector<double> rings_of_a_thread(std::uint64_t count) {
  std::atomic<std::int64_t> heard{-1};
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<clock::time_point> rung;
  bool stop = false;
  std::thread sleeper{[&] {
    std::unique_lock lock{mutex};
    while (true) {
      changed.wait(lock, [&] { return rung || stop; });
      if (stop) return;
      heard = (clock::now() - *std::exchange(rung, std::nullopt)).count();
    }
  }};
  auto samples = rings(count, heard, [&](clock::time_point now) {
    const std::lock_guard lock{mutex};
    rung = now;
    changed.notify_one();
  });
  {
    const std::lock_guard lock{mutex};
    stop = true;
    changed.notify_one();
  }
  sleeper.join();
  return samples;
}

outcome waking(const settings& with) {
  const auto count = with.part(2'000);
  auto floor = rings_of_a_thread(count);
  std::atomic<std::int64_t> heard{-1};
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  const auto server = otp::start<bell>(&heard);
  const bench::stopwatch watch;
  auto samples =
      rings(count, heard, [&](clock::time_point now) { otp::cast(server, bell::ring{now}); });
  auto result = measured(watch, fmt::format("{} casts from a thread, 1 ms apart", count), count,
                         samples.size(), count);
  result.extra =
      fmt::format("p50_us={:.1f} p99_us={:.1f} condition_p50_us={:.1f} condition_p99_us={:.1f}",
                  bench::quantile(samples, 0.5), bench::quantile(samples, 0.99),
                  bench::quantile(floor, 0.5), bench::quantile(floor, 0.99));
  return result;
}

}  // namespace in_latencies

workloads latencies() {
  using namespace in_latencies;
  return {
      {"latency50", "how long calls take at half load, open loop",
       [](const settings& with) { return calls_at_load(with, 0.5); }},
      {"latency90", "how long calls take at 90 % load, open loop",
       [](const settings& with) { return calls_at_load(with, 0.9); }},
      {"wakeup", "from a cast to its handler in a runtime that sleeps", waking},
  };
}

}  // namespace otp_bench
