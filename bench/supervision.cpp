// Supervision (W10): a server is killed and restarted again and again; dynamic children start and stop.
#include "workloads.hpp"
#include <otp/child.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>
#include <otp/supervisor.hpp>

#include <fmt/format.h>

#include <chrono>

namespace otp_bench {

namespace in_supervision {

using bench::outcome;
using bench::settings;
using otp::this_process::self;

struct up {
  otp::pid process;
};

/// Says that it is there.
class victim : public otp::gen_server<victim> {
 public:
  explicit victim(otp::pid told) { otp::send(told, up{this->self().pid()}); }
};

outcome restarts(const settings& with, std::uint64_t full) {
  const auto count = with.part(full);
  otp::runtime rt{quiet(with)};
  bench::stopwatch watch;
  const auto born = in_process(rt, [&] {
    otp::start_link(
        {.intensity = {.max_restarts = 1'000'000'000, .within = std::chrono::seconds{1}},
         .children = {otp::child<victim>(self())}});
    auto current = otp::receive([](up u) { return u.process; });
    watch = bench::stopwatch{};
    std::uint64_t different = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
      otp::exit(current, otp::reason::kill);
      const auto next = otp::receive([](up u) { return u.process; });
      different += next == current ? 0U : 1U;
      current = next;
    }
    return different;
  });
  return measured(watch, fmt::format("{} kills and restarts, 1e9 allowed in 1 s", count), count,
                  born, count);
}

class room : public otp::gen_server<room> {
 public:
  explicit room(int number) : number_{number} {}

 private:
  [[maybe_unused]] int number_;
};

outcome dynamic_children(const settings& with, bool stop_them) {
  const auto count = with.part(100'000);
  otp::runtime rt{quiet(with)};
  bench::stopwatch watch;
  outcome result;
  const auto done = in_process(rt, [&] {
    const auto rooms = otp::start_link(otp::dynamic_supervisor_spec{});
    const auto spec = otp::child<room>(1).with({.restart = otp::restart::temporary});
    std::vector<otp::pid> children;
    children.reserve(count);
    watch = bench::stopwatch{};
    for (std::uint64_t i = 0; i < count; ++i) {
      if (const auto child = otp::start_child(rooms, spec)) children.push_back(*child);
    }
    if (!stop_them) {
      result = measured(watch, fmt::format("{} dynamic children started", count), count, 0, count);
      return otp::count_children(rooms).active;
    }
    watch = bench::stopwatch{};
    std::size_t stopped = 0;
    for (const auto& each : children) stopped += otp::terminate_child(rooms, each) ? 1U : 0U;
    result = measured(watch, fmt::format("{} dynamic children stopped", count), count, 0, count);
    return stopped;
  });
  result.checksum = done;
  return result;
}

}  // namespace in_supervision

workloads supervision() {
  using namespace in_supervision;
  return {
      {"W10a", "a server is killed and restarted, 100,000 times",
       [](const settings& with) { return restarts(with, 100'000); }},
      {"W10a10k", "the same 10,000 times",
       [](const settings& with) { return restarts(with, 10'000); }},
      {"W10a1k", "the same 1,000 times",
       [](const settings& with) { return restarts(with, 1'000); }},
      {"W10b", "100,000 dynamic children start",
       [](const settings& with) { return dynamic_children(with, false); }},
      {"W10b_stop", "100,000 dynamic children are stopped, one by one",
       [](const settings& with) { return dynamic_children(with, true); }},
  };
}

}  // namespace otp_bench
