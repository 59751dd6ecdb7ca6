// Short lives (W5): processes that get one message, answer and end; and a tree of a million leaves.
#include "workloads.hpp"
#include <otp/receive.hpp>

#include <fmt/format.h>

namespace otp_bench {

namespace in_spawns {

using bench::outcome;
using bench::settings;
using otp::this_process::self;

struct number {
  std::uint64_t value;
};

outcome short_lives(const settings& with) {
  const bench::short_life_size size{with};
  otp::runtime rt{quiet(with)};
  const bench::stopwatch watch;
  const auto sum = in_process(rt, [&size] {
    std::uint64_t total = 0;
    for (std::uint64_t b = 0; b < size.batches; ++b) {
      for (std::uint64_t i = 1; i <= size.batch; ++i) {
        const auto child = otp::spawn(
            [parent = self()] { otp::receive([parent](number n) { otp::send(parent, n); }); });
        otp::send(child, number{i});
      }
      for (std::uint64_t i = 0; i < size.batch; ++i) {
        total += otp::receive([](number n) { return n.value; });
      }
    }
    return total;
  });
  return measured(
      watch,
      fmt::format("{} x spawn, message, answer, end; batches of {}", size.total(), size.batch),
      size.total(), sum, size.checksum());
}

void skynet(otp::pid parent, std::uint64_t first, std::uint64_t leaves) {
  if (leaves == 1) return otp::send(parent, number{first});
  const auto share = leaves / 10;
  for (std::uint64_t i = 0; i < 10; ++i) {
    otp::spawn([me = self(), from = first + i * share, share] { skynet(me, from, share); });
  }
  std::uint64_t sum = 0;
  for (int i = 0; i < 10; ++i) sum += otp::receive([](number n) { return n.value; });
  otp::send(parent, number{sum});
}

outcome tree(const settings& with) {
  const bench::skynet_size size{with};
  otp::runtime rt{quiet(with)};
  const bench::stopwatch watch;
  const auto sum = in_process(rt, [&size] {
    otp::spawn([me = self(), leaves = size.leaves] { skynet(me, 0, leaves); });
    return otp::receive([](number n) { return n.value; });
  });
  return measured(watch, fmt::format("skynet, {} leaves", size.leaves), size.total(), sum,
                  size.checksum());
}

}  // namespace in_spawns

workloads spawns() {
  using namespace in_spawns;
  return {
      {"W5a", "spawn, one message, its answer, and the end", short_lives},
      {"W5b", "skynet: a tree of processes with a million leaves", tree},
  };
}

}  // namespace otp_bench
