// How the services of a runtime are set up, and its crash reports.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/relations.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/detail/signals.hpp>

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace otp::detail {

OTP_DECL runtime_services::runtime_services(time_source clock)
    : log{{.clock = clock}},
      telemetry{{.clock = clock, .on_failure = [this](const telemetry_failure& failed) {
                   log.write(log_level::error,
                             "telemetry handler {} of {} failed and is detached: {}",
                             failed.handler_id, failed.event, failed.reason);
                 }}} {}

OTP_DECL time_source clock_of(runtime_core& core) {
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

OTP_DECL std::string first_name(const process& p) {
  const auto* const rare = rare_of(p);
  return rare == nullptr || rare->names.empty() ? std::string{} : rare->names.front();
}

OTP_DECL logger& current_logger() { return current_core("otp::log").services->log; }

OTP_DECL telemetry_table& current_telemetry() {
  return current_core("otp::telemetry").services->telemetry;
}

OTP_DECL void write_log(logger& log, log_level level, fields metadata, fmt::string_view format,
                        fmt::format_args values) {
  log_event event;
  event.level = level;
  event.metadata = std::move(metadata);
  try {
    event.message = fmt::vformat(format, values);
  } catch (const std::exception& error) {
    event.message = fmt::format("(a log text that cannot be formatted: {})", error.what());
  }
  if (auto* const self = current_process()) {
    event.process = self->id();
    event.process_name = first_name(*self);
  }
  log.log(std::move(event));
}

OTP_DECL void report_crash(process& p, const exit_reason& why) {
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
  const auto* const rare = rare_of(p);
  if (rare != nullptr && rare->thrown_at != nullptr) report.place = *rare->thrown_at;
  for (const auto& ancestor : p.related.ancestors()) {
    report.ancestors.push_back(pid_text(ancestor));
  }
  log.write(std::move(report));
}

}  // namespace otp::detail
