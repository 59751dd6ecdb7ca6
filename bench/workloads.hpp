// What the workloads of this library have in common: the runtime they measure, and how a number comes
// back from it.
#pragma once

#include "support/bench.hpp"
#include "support/sizes.hpp"
#include <otp/log_level.hpp>
#include <otp/process.hpp>
#include <otp/runtime.hpp>

#include <future>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

namespace otp_bench {

using workloads = std::vector<bench::workload>;

// One function for each file of workloads.
workloads messages();
workloads calls();
workloads spawns();
workloads memory();
workloads timers();
workloads supervision();
workloads registries();
workloads latencies();
workloads costs();

/// A runtime without a console: reports are off, as they are in the Erlang programs.
inline otp::runtime_options quiet(const bench::settings& with) {
  return {.threads = with.threads, .console = std::nullopt};
}

/// A number that a process announces and the main thread waits for. Must outlive the process.
class promised_number {
 public:
  void set(std::uint64_t value) { promise_.set_value(value); }
  std::uint64_t get() { return promise_.get_future().get(); }

 private:
  std::promise<std::uint64_t> promise_;
};

/// Runs `body` in a process and returns the number that it returns.
template <class F>
std::uint64_t in_process(otp::runtime& runtime, F body) {
  const auto result = std::make_shared<promised_number>();
  runtime.spawn([result, body = std::move(body)]() mutable { result->set(body()); });
  return result->get();
}

}  // namespace otp_bench
