// What every runtime has beside its processes: a log, telemetry, the tables that processes publish,
// and the settings of applications.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/detail/published_tables.hpp>
#include <otp/logger.hpp>
#include <otp/telemetry_table.hpp>

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace otp::detail {

class application_environment;

struct runtime_services {
  explicit runtime_services(time_source clock);

  logger log;
  telemetry_table telemetry;
  published_tables tables;
  /// Made when somebody asks for it: most programs that include this need none.
  std::shared_ptr<application_environment> environment;
  std::once_flag environment_made;
};

/// The clocks that services of `core` read: virtual in a simulation.
time_source clock_of(runtime_core& core);

/// The first of the names that a process holds; empty when it holds none.
std::string first_name(const process& p);

/// The one report of a process that ended by its own failure; runs in that process.
void report_crash(process& p, const exit_reason& why);

/// The log of the calling process's runtime.
logger& current_logger();

/// The telemetry table of the calling process's runtime.
telemetry_table& current_telemetry();

/// Formats a text and logs it as the calling process's.
void write_log(logger& log, log_level level, fields metadata, fmt::string_view format,
               fmt::format_args values);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/runtime_services_impl.hpp>
#endif
