// Our port of scripts/task_async_stream.exs, whose first lines say what happens in it.
// Rows: T-031, T-036, T-039
#include "conformance/harness.hpp"

#include <otp/async_stream.hpp>
#include <otp/task_supervisor.hpp>

#include <fmt/ranges.h>

namespace conformance::task_async_stream {

template <class Stream>
std::string show(Stream&& stream) {
  std::vector<std::string> results;
  for (auto& each : stream) {
    results.push_back(each ? fmt::format("ok({})", *each)
                           : fmt::format("exit({})", reason(each.error())));
  }
  return fmt::format("[{}]", fmt::join(results, ","));
}

OTP_SCENARIO(task_async_stream) {
  otp::this_process::trap_exit(true);
  const auto tasks = otp::start_link(otp::task_supervisor_spec{});
  say("ordered {}", show(otp::async_stream(
                        tasks, std::vector{3, 1, 2},
                        [](int n) {
                          otp::sleep(n * 20ms);
                          return n * 10;
                        },
                        {.max_concurrency = 3})));
  say("with crash {}", show(otp::async_stream_nolink(
                           tasks, std::vector{1, 2, 3},
                           [](int n) {
                             if (n == 2) otp::exit(word("boom"));
                             return n;
                           },
                           {.max_concurrency = 1})));
  say("with timeout {}", show(otp::async_stream_nolink(
                             tasks, std::vector{1, 2},
                             [](int n) {
                               if (n == 1) sleep_for_ever();
                               return n;
                             },
                             {.timeout = 50ms, .on_timeout = otp::on_timeout::kill_task})));
}

}  // namespace conformance::task_async_stream
