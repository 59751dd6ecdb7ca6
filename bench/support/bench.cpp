// Reads the arguments, runs the workload and prints its line (support/bench.hpp).
#include "support/bench.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <optional>

namespace bench {

namespace {

int usage(std::FILE* out, const contestant& who, const std::vector<workload>& workloads) {
  fmt::print(out,
             "usage: {} [--threads N] [--divide N] WORKLOAD\n"
             "       {} --list | --help\n\n"
             "Runs one workload and prints one line, RES and ten tab-separated columns.\n"
             "  --threads N   scheduler threads (default 1)\n"
             "  --divide N    do one N-th of the work, for a quick look (default 1)\n\n",
             who.program, who.program);
  for (const auto& each : workloads) fmt::print(out, "  {:<14} {}\n", each.name, each.question);
  return out == stdout ? 0 : 64;
}

std::optional<std::uint64_t> number(std::string_view text, std::uint64_t most) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value == 0 || value > most) {
    return std::nullopt;
  }
  return value;
}

int refuse(const contestant& who, const std::string& what) {
  fmt::print(stderr, "{}: {}; --help says how to ask\n", who.program, what);
  return 64;
}

}  // namespace

outcome measured(const stopwatch& watch, std::string parameters, std::uint64_t operations,
                 std::uint64_t checksum, std::uint64_t expected) {
  return {.parameters = std::move(parameters),
          .operations = operations,
          .seconds = watch.seconds(),
          .cpu_seconds = watch.cpu_seconds(),
          .checksum = checksum,
          .expected = expected};
}

int run_main(const contestant& who, const std::vector<workload>& workloads, int argc, char** argv) {
  settings with;
  std::string_view name;
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument{argv[i]};
    if (argument == "--help") return usage(stdout, who, workloads);
    if (argument == "--list") {
      for (const auto& each : workloads) fmt::print("{}\n", each.name);
      return 0;
    }
    if (argument == "--threads" || argument == "--divide") {
      const auto value = i + 1 < argc ? number(argv[i + 1], 1'000'000'000) : std::nullopt;
      if (!value) return refuse(who, fmt::format("{} needs a number from 1 on", argument));
      if (argument == "--threads" && *value > 1024) return refuse(who, "at most 1024 threads");
      ++i;
      if (argument == "--threads") with.threads = static_cast<unsigned>(*value);
      if (argument == "--divide") with.divisor = *value;
    } else if (argument.starts_with("-")) {
      return refuse(who, fmt::format("there is no option {}", argument));
    } else if (!name.empty()) {
      return refuse(who, "one workload at a time");
    } else {
      name = argument;
    }
  }
  if (name.empty()) return refuse(who, "which workload?");
  const auto chosen = std::find_if(workloads.begin(), workloads.end(),
                                   [&](const workload& each) { return each.name == name; });
  if (chosen == workloads.end()) return refuse(who, fmt::format("there is no workload {}", name));

  const auto result = chosen->run(with);
  const auto operations = static_cast<double>(result.operations);
  fmt::print("RES\t{}\t{}\t{}\t{}\t{}\t{:.6f}\t{:.1f}\t{:.1f}\t{:.3f}\tchecksum={}{}{}\n", name,
             who.implementation, with.threads, result.parameters, result.operations, result.seconds,
             result.seconds * 1e9 / operations, operations / result.seconds, result.cpu_seconds,
             result.checksum, result.extra.empty() ? "" : " ", result.extra);
  if (result.checksum == result.expected) return 0;
  fmt::print(stderr, "{}: {} lost or doubled work: checksum {}, expected {}\n", who.program, name,
             result.checksum, result.expected);
  return 1;
}

std::uint64_t resident_bytes() {
  std::ifstream statm{"/proc/self/statm"};
  std::uint64_t total = 0;
  std::uint64_t resident = 0;
  statm >> total >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

double quantile(std::vector<double>& samples, double share) {
  if (samples.empty()) return 0;
  std::sort(samples.begin(), samples.end());
  const auto last = static_cast<double>(samples.size() - 1);
  return samples[static_cast<std::size_t>(last * share + 0.5)];
}

std::uint64_t compute(std::uint64_t seed, unsigned microseconds) {
  // A multiplication that waits for the one before takes four to five cycles: 700 of them, about 1 us.
  for (unsigned i = 0; i < 700 * microseconds; ++i) seed = seed * 6364136223846793005ULL + i;
  return seed;
}

}  // namespace bench
