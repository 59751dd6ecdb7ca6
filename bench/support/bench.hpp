// What all benchmark programs of this folder share: how they are called, how they measure, and the one
// line that they print.
//
//     int main(int argc, char** argv) {
//       return bench::run_main({"otp", "otp"}, {{"W1", "ping-pong", ping_pong}}, argc, argv);
//     }
//
// The line is tab-separated: RES, workload, implementation, threads, parameters, operations, seconds,
// nanoseconds per operation, operations per second, CPU seconds, extra. The extra column begins with
// checksum=N, a number that only the whole work can give; other figures follow as key=value.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace bench {

/// How one run was asked for.
struct settings {
  unsigned threads = 1;
  std::uint64_t divisor = 1;  ///< Do this part of the work only: 1000 for a test, 1 to measure.

  /// The share of `full`, at least `least`.
  std::uint64_t part(std::uint64_t full, std::uint64_t least = 1) const {
    return full / divisor < least ? least : full / divisor;
  }
};

/// Wall and CPU time of this process since its construction.
class stopwatch {
 public:
  double seconds() const {
    return std::chrono::duration<double>{std::chrono::steady_clock::now() - start_}.count();
  }
  double cpu_seconds() const {
    return static_cast<double>(std::clock() - cpu_) / static_cast<double>(CLOCKS_PER_SEC);
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  std::clock_t cpu_ = std::clock();
};

/// What one run of a workload gave.
struct outcome {
  std::string parameters{};
  std::uint64_t operations = 0;
  double seconds = 0;      // of the work, without what prepares it
  double cpu_seconds = 0;  // of the whole process meanwhile
  std::uint64_t checksum = 0;
  std::uint64_t expected = 0;  // what the checksum must be
  std::string extra{};         // further figures: "key=value key=value"
};

/// An outcome whose times are those of `watch`, which is read now.
outcome measured(const stopwatch& watch, std::string parameters, std::uint64_t operations,
                 std::uint64_t checksum, std::uint64_t expected);

struct workload {
  std::string_view name;
  std::string_view question;  ///< What it measures, in a few words.
  std::function<outcome(const settings&)> run;
};

/// Who measures: the name of the program, and of the implementation in the line that it prints.
struct contestant {
  std::string_view program;
  std::string_view implementation;
};

/// Runs the workload that the arguments name, prints its line, and returns what main returns: 0, 1 if
/// the checksum is wrong, 64 if the arguments are.
int run_main(const contestant& who, const std::vector<workload>& workloads, int argc, char** argv);

/// Bytes of this process that are in memory now.
std::uint64_t resident_bytes();

/// The value below which `share` (0 to 1) of the samples lie; sorts them.
double quantile(std::vector<double>& samples, double share);

/// About a microsecond of arithmetic that the compiler cannot leave out; returns a number that depends
/// on all of it.
std::uint64_t compute(std::uint64_t seed, unsigned microseconds = 1);

}  // namespace bench
