// The workloads on bare Boost.Asio: each actor is an object with a strand, each message a function posted
// to it, each timer a steady_timer.
#include "floor/workloads.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <chrono>
#include <deque>
#include <optional>
#include <thread>
#include <utility>

namespace {

namespace asio = boost::asio;
using bench::outcome;
using bench::settings;

class strands {
 public:
  using strand = asio::strand<asio::io_context::executor_type>;

  explicit strands(unsigned threads) : threads_{threads}, io_{static_cast<int>(threads)} {}

  class actor {
   public:
    explicit actor(strands& world) : world_{&world}, strand_{world.io_.get_executor()} {}
    actor(const actor&) = delete;
    actor& operator=(const actor&) = delete;
    virtual ~actor() = default;

    template <class F>
    void post(actor& to, F function) {
      asio::post(to.strand_, std::move(function));
    }
    void end() { delete this; }
    strands& world() const { return *world_; }

   private:
    strands* world_;
    strand strand_;
  };

  template <class F>
  void run(F begin) {
    const auto work = asio::make_work_guard(io_);
    begin();
    std::vector<std::thread> others;
    for (unsigned i = 1; i < threads_; ++i) others.emplace_back([this] { io_.run(); });
    io_.run();
    for (auto& each : others) each.join();
  }
  void stop() { io_.stop(); }
  asio::io_context& context() { return io_; }

 private:
  unsigned threads_;
  asio::io_context io_;
};

// ---- W9: the timers belong to one strand, as they belong to one process elsewhere.

outcome fire(const settings& with) {
  const bench::timer_size size{with};
  strands world{with.threads};
  const auto strand = asio::make_strand(world.context());
  std::deque<asio::steady_timer> timers;
  std::uint64_t sum = 0;
  std::uint64_t left = size.timers;
  const bench::stopwatch watch;
  double armed = 0;
  world.run([&] {
    asio::post(strand, [&] {
      for (std::uint64_t i = 1; i <= size.timers; ++i) {
        timers.emplace_back(strand, std::chrono::milliseconds{bench::timer_size::delay_ms(i)});
        timers.back().async_wait([&, i](boost::system::error_code error) {
          if (!error) sum += i;
          if (--left == 0) world.stop();
        });
      }
      armed = watch.seconds();
    });
  });
  auto result = measured(watch, fmt::format("{} timers of 1 to 1000 ms", size.timers), size.timers,
                         sum, bench::sum_to(size.timers));
  result.extra = fmt::format("seconds_until_armed={:.3f}", armed);
  return result;
}

outcome cancel(const settings& with) {
  const bench::timer_size size{with};
  strands world{with.threads};
  const auto strand = asio::make_strand(world.context());
  std::deque<asio::steady_timer> timers;
  std::uint64_t cancelled = 0;
  std::uint64_t left = size.timers;
  const bench::stopwatch watch;
  world.run([&] {
    asio::post(strand, [&] {
      for (std::uint64_t i = 0; i < size.timers; ++i) {
        timers.emplace_back(strand, std::chrono::milliseconds{60'000 + i % 1000});
        timers.back().async_wait([&](boost::system::error_code error) {
          cancelled += error == asio::error::operation_aborted ? 1U : 0U;
          if (--left == 0) world.stop();
        });
      }
      for (auto& each : timers) each.cancel();
    });
  });
  return measured(watch, fmt::format("{} timers of a minute, then all cancelled", size.timers),
                  size.timers, cancelled, size.timers);
}

// One timer after the other; the handler of a cancelled one arms the next.
outcome cancel_at_once(const settings& with) {
  const bench::timer_size size{with};
  strands world{with.threads};
  const auto strand = asio::make_strand(world.context());
  asio::steady_timer timer{strand};
  std::uint64_t cancelled = 0;
  std::function<void()> next = [&] {
    timer.expires_after(std::chrono::seconds{5});
    timer.async_wait([&](boost::system::error_code error) {
      cancelled += error == asio::error::operation_aborted ? 1U : 0U;
      if (cancelled == size.timers) return world.stop();
      next();
    });
    timer.cancel();
  };
  const bench::stopwatch watch;
  world.run([&] { asio::post(strand, next); });
  return measured(watch, fmt::format("{} timers of 5 s, each cancelled at once", size.timers),
                  size.timers, cancelled, size.timers);
}

}  // namespace

int main(int argc, char** argv) {
  auto workloads = bench::floor_workloads<strands>::all();
  workloads.push_back({"W9a", "timers that fire", fire});
  workloads.push_back({"W9b", "timers, then all cancelled", cancel});
  workloads.push_back({"W9c", "timers, each cancelled at once", cancel_at_once});
  return bench::run_main({.program = "otp_bench_asio", .implementation = "asio"}, workloads, argc,
                         argv);
}
