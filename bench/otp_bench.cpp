// The workloads of this library: `otp_bench --threads N WORKLOAD`. What each one does is in the files
// beside this one; docs/performance.md says what they show.
#include "workloads.hpp"

int main(int argc, char** argv) {
  otp_bench::workloads all;
  for (const auto& family : {otp_bench::messages, otp_bench::calls, otp_bench::spawns,
                             otp_bench::memory, otp_bench::timers, otp_bench::supervision,
                             otp_bench::registries, otp_bench::latencies, otp_bench::costs}) {
    for (auto& each : family()) all.push_back(std::move(each));
  }
  return bench::run_main({.program = "otp_bench", .implementation = "otp"}, all, argc, argv);
}
