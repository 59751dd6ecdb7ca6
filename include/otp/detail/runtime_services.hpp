// What every runtime has beside its processes: a log, telemetry, and the tables that processes publish.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/detail/published_tables.hpp>
#include <otp/detail/relations.hpp>
#include <otp/log_handlers.hpp>
#include <otp/logger.hpp>
#include <otp/telemetry_table.hpp>

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace otp::detail {

struct runtime_services {
  explicit runtime_services(time_source clock)
      : log{{.clock = clock}},
        telemetry{{.clock = clock, .on_failure = [this](const telemetry_failure& failed) {
                     log.write(log_level::error, "telemetry handler {} of {} failed and is detached: {}",
                               failed.handler_id, failed.event, failed.reason);
                   }}} {}

  logger log;
  telemetry_table telemetry;
  published_tables tables;
};

/// The clocks that services of `core` read: virtual in a simulation.
inline time_source clock_of(runtime_core& core) {
  time_source clock;
  clock.monotonic = [&core] { return std::chrono::nanoseconds{core.now()}; };
  if (core.outside != nullptr) {
    clock.system = [&core] {
      return std::chrono::system_clock::time_point{
          std::chrono::duration_cast<std::chrono::system_clock::duration>(
              std::chrono::nanoseconds{core.now()})};
    };
  }
  return clock;
}

inline std::string first_name(const process& p) {
  return p.related == nullptr || p.related->names.empty() ? std::string{}
                                                          : p.related->names.front();
}

/// The one report of a process that ended by its own failure; runs in that process.
inline void report_crash(process& p, const exit_reason& why) {
  auto& log = p.core().services->log;
  if (!log.enabled(log_level::error)) return;
  crash_report report;
  report.process = p.id();
  report.name = first_name(p);
  if (report.name.empty() && p.behaviour != nullptr) report.name = p.behaviour->kind();
  report.reason = why;
  if (p.last_message != nullptr) report.last_message = p.last_message->name();
  try {
    if (p.behaviour != nullptr) report.state = p.behaviour->describe();
  } catch (const std::exception& error) {
    report.state = fmt::format("(cannot be formatted: {})", error.what());
  }
  if (p.related != nullptr) {
    for (const auto& ancestor : p.related->ancestors) {
      report.ancestors.push_back(fmt::to_string(ancestor));
    }
  }
  log.write(std::move(report));
}

/// The log of the calling process's runtime.
inline logger& current_logger() { return current_core("otp::log").services->log; }

/// The telemetry table of the calling process's runtime.
inline telemetry_table& current_telemetry() {
  return current_core("otp::telemetry").services->telemetry;
}

}  // namespace otp::detail
