// Memory: bytes in RAM for each idle server (W6), also when all are gone; and for each process that is
// suspended in a call, which needs a stack.
#include "workloads.hpp"
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>

#include <fmt/format.h>

#include <fstream>
#include <thread>

namespace otp_bench {

namespace in_memory {

using bench::outcome;
using bench::settings;
using otp::this_process::self;

struct number {
  std::uint64_t value;
};

class idler : public otp::gen_server<idler> {
 public:
  struct get {
    using reply = int;
  };
  explicit idler(int number) : number_{number} {}
  int handle_call(get) { return number_; }

 private:
  int number_;
};

double per_one(std::uint64_t more, std::uint64_t less, std::uint64_t count) {
  return (static_cast<double>(more) - static_cast<double>(less)) / static_cast<double>(count);
}

void wait_until_gone(const otp::runtime& rt, std::int64_t left) {
  while (rt.process_count() > left) std::this_thread::sleep_for(std::chrono::milliseconds{1});
}

// `linked`: all are linked to their parent. Their end is the end of the parent then.
outcome idle_servers(const settings& with, bool linked) {
  const bench::idle_size size{with};
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  std::vector<otp::server_ref<idler>> servers;
  servers.resize(size.processes);  // touches its memory, so that the processes alone are counted
  promised_number started;
  const auto before = bench::resident_bytes();
  const bench::stopwatch watch;
  const auto parent = otp::spawn([&] {
    for (std::uint64_t i = 0; i < size.processes; ++i) {
      const auto number = static_cast<int>(i);
      servers[i] = linked ? otp::start_link<idler>(number) : otp::start<idler>(number);
    }
    started.set(size.processes);
    otp::receive([](number) {});
  });
  started.get();
  const auto seconds = watch.seconds();
  const auto cpu = watch.cpu_seconds();
  const auto full = bench::resident_bytes();
  std::uint64_t sum = in_process(rt, [&] {
    std::uint64_t total = 0;
    for (const auto& each : servers)
      total += static_cast<std::uint64_t>(otp::call(each, idler::get{}));
    return total;
  });
  otp::exit(parent, otp::reason::kill);
  if (!linked) {
    for (const auto& each : servers) otp::exit(each.pid(), otp::reason::kill);
  }
  wait_until_gone(rt, 0);
  auto after = bench::resident_bytes();
  // A runtime may tidy up when it is idle.
  for (int i = 0; i < 20 && after > before + before / 10; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds{100});
    after = bench::resident_bytes();
  }
  outcome result = measured(
      watch, fmt::format("{} idle servers{}", size.processes, linked ? ", each with a link" : ""),
      size.processes, sum, size.checksum());
  result.seconds = seconds;
  result.cpu_seconds = cpu;
  result.extra = fmt::format("bytes={:.1f} rss_before={} rss_full={} rss_after={}",
                             per_one(full, before, size.processes), before, full, after);
  return result;
}

/// Answers nobody until it is told to.
class silent : public otp::gen_server<silent> {
 public:
  struct wait {
    using reply = std::uint64_t;
    std::uint64_t value;
  };
  struct answer {};
  silent(std::uint64_t expected, promised_number* full) : expected_{expected}, full_{full} {}

  void handle_call(wait request, otp::from<std::uint64_t> client) {
    held_.emplace_back(request.value, std::move(client));
    if (held_.size() == expected_) full_->set(expected_);
  }
  void handle_cast(answer) {
    for (auto& [value, client] : held_) client.reply(value);
    held_.clear();
  }

 private:
  std::uint64_t expected_;
  promised_number* full_;
  std::vector<std::pair<std::uint64_t, otp::from<std::uint64_t>>> held_;
};

outcome suspended(const settings& with) {
  const auto count = with.part(100'000);
  promised_number full;
  otp::runtime rt{quiet(with)};
  const auto scope = rt.enter();
  const auto server = otp::start<silent>(count, &full);
  const auto before = bench::resident_bytes();
  const bench::stopwatch watch;
  std::uint64_t most = 0;
  double until_full = 0;
  promised_number sum;
  otp::spawn([&] {
    for (std::uint64_t i = 1; i <= count; ++i) {
      otp::spawn([server, i, parent = self()] {
        otp::send(parent, number{otp::call(server, silent::wait{i}, otp::infinity)});
      });
    }
    std::uint64_t total = 0;
    for (std::uint64_t i = 0; i < count; ++i)
      total += otp::receive([](number n) { return n.value; });
    sum.set(total);
  });
  full.get();
  until_full = watch.seconds();
  most = bench::resident_bytes();
  otp::cast(server, silent::answer{});
  const auto total = sum.get();
  auto result = measured(watch, fmt::format("{} processes suspended in a call at once", count),
                         count, total, bench::sum_to(count));
  std::uint64_t map_limit = 0;
  std::ifstream{"/proc/sys/vm/max_map_count"} >> map_limit;
  std::uint64_t maps = 0;
  std::ifstream lines{"/proc/self/maps"};
  for (std::string line; std::getline(lines, line);) ++maps;
  result.extra = fmt::format("bytes={:.1f} seconds_until_all_wait={:.3f} maps={} max_map_count={}",
                             per_one(most, before, count), until_full, maps, map_limit);
  return result;
}

}  // namespace in_memory

workloads memory() {
  using namespace in_memory;
  return {
      {"W6", "bytes of an idle server",
       [](const settings& with) { return idle_servers(with, false); }},
      {"W6_link", "bytes of an idle server with a link to its parent",
       [](const settings& with) { return idle_servers(with, true); }},
      {"suspended", "100,000 processes that wait in a call at once", suspended},
  };
}

}  // namespace otp_bench
