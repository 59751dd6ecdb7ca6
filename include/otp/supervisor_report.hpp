// What a supervisor reports about its children while it works, for logs and telemetry.
#pragma once

#include <otp/child_info.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace otp {

/// The kinds of report (V-082, V-084).
enum class supervisor_event : std::uint8_t {
  progress,          ///< A child is up. The only one that is not about a failure.
  child_terminated,  ///< A child ended that should not have, or should not have in this way.
  start_error,       ///< A child did not start: with its supervisor, or in a restart.
  shutdown,          ///< Too many restarts: the supervisor is about to give up.
  shutdown_error,    ///< A child that was told to stop ended with another reason, or had to be
                     ///< killed.
};

/// One report (V-083).
struct supervisor_report {
  supervisor_event event = supervisor_event::progress;
  pid supervisor{};      ///< Who reports.
  std::string name{};    ///< Its name, if it has one.
  exit_reason reason{};  ///< Why; `normal` in a progress report.
  child_info child{};    ///< Whom it is about, as it was before the supervisor acted on it.
};

/// The reason in a report of kind `shutdown`.
struct reached_max_restart_intensity {
  bool operator==(const reached_max_restart_intensity&) const = default;
};

/// The name of an event, as OTP writes it.
constexpr std::string_view to_string(supervisor_event event) noexcept {
  switch (event) {
    case supervisor_event::progress:
      return "progress";
    case supervisor_event::child_terminated:
      return "child_terminated";
    case supervisor_event::start_error:
      return "start_error";
    case supervisor_event::shutdown:
      return "shutdown";
    case supervisor_event::shutdown_error:
      return "shutdown_error";
  }
  return {};
}

}  // namespace otp

/// `reached_max_restart_intensity`
template <>
struct fmt::formatter<otp::reached_max_restart_intensity> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <class Context>
  auto format(const otp::reached_max_restart_intensity&, Context& context) const {
    return fmt::format_to(context.out(), "reached_max_restart_intensity");
  }
};
