// How the built-in measurements are taken.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/worker.hpp>
#include <otp/measurements.hpp>
#include <otp/process.hpp>
#include <otp/process_info.hpp>
#include <otp/telemetry.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace otp::measurements {

OTP_DECL telemetry_measurement memory() {
  return {"memory", [] {
            std::ifstream pages{"/proc/self/statm"};
            std::int64_t all = 0;
            std::int64_t resident = 0;
            if (!(pages >> all >> resident)) {
              throw std::runtime_error{
                  "/proc/self/statm cannot be read; this system has no such "
                  "file, leave otp::measurements::memory() out"};
            }
            telemetry::execute("vm.memory", {{"rss", resident * ::sysconf(_SC_PAGESIZE)}});
          }};
}

OTP_DECL telemetry_measurement system_counts() {
  return {"system_counts", [] {
            const auto& core = detail::current_core("otp::measurements");
            telemetry::execute("vm.system_counts", {{"process_count", core.live()}});
          }};
}

OTP_DECL telemetry_measurement run_queue_lengths() {
  return {"run_queue_lengths", [] {
            const auto& core = detail::current_core("otp::measurements");
            std::size_t total = core.injected.load(std::memory_order_relaxed);
            for (const auto& each : core.workers) total += each->queued();
            telemetry::execute("vm.total_run_queue_lengths", {{"total", total}});
          }};
}

OTP_DECL std::vector<telemetry_measurement> builtin() {
  return {memory(), system_counts(), run_queue_lengths()};
}

OTP_DECL telemetry_measurement process_info(event_name event, std::string registered_name) {
  std::string title = "process_info " + registered_name;
  return {std::move(title), [event, name = std::move(registered_name)] {
            const auto info = otp::process_info(whereis(name), std::chrono::seconds{1});
            if (!info) return;
            telemetry::execute(
                event,
                {{"message_queue_len", info->message_queue_len}, {"memory", info->memory.total()}},
                {{"name", name}});
          }};
}

}  // namespace otp::measurements
