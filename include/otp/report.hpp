// What the runtime has to say when something happens to a process: crash, supervisor and progress
// reports, as data with a human form.
#pragma once

#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace otp {

/// A process ended with a reason that is not orderly.
struct crash_report {
  pid process{};
  std::string name{};                    ///< Registered name or label; empty if it has none.
  exit_reason reason{};                  ///< Why it ended.
  std::string last_message{};            ///< Type of the message it was handling; empty if none.
  std::string place{};                   ///< Where what ended it was thrown, `file:line`, at most
                                         ///< 1 KiB; empty unless the exception knows it.
  std::string state{};                   ///< The server's state if it formats itself; else empty.
  std::vector<std::string> ancestors{};  ///< Names or pids, the parent first.
};

/// A child as its supervisor's reports describe it (V-083).
struct reported_child {
  pid process{};           ///< {} if it has none.
  std::string id{};        ///< Its id in the supervisor.
  std::string restart{};   ///< "permanent", "transient" or "temporary".
  std::string shutdown{};  ///< "brutal_kill", "infinity" or a duration.
  std::string type{};      ///< "worker" or "supervisor".
};

/// What made a supervisor report (V-082).
enum class supervisor_context : std::uint8_t {
  child_terminated,  ///< A child ended, and not because it was told to.
  start_error,       ///< A child could not be started.
  shutdown,          ///< The supervisor gives up: too many restarts.
  shutdown_error,    ///< A child did not end as asked when it was shut down.
};

/// A supervisor had to act on a failure of a child.
struct supervisor_report {
  pid supervisor{};
  std::string name{};  ///< Of the supervisor; empty if it has none.
  supervisor_context context = supervisor_context::child_terminated;
  exit_reason reason{};
  reported_child offender{};
};

/// A supervisor started a child, for the first time or again.
struct progress_report {
  pid supervisor{};
  std::string name{};  ///< Of the supervisor; empty if it has none.
  reported_child started{};
};

/// Any report, or none.
using any_report = std::variant<std::monostate, crash_report, supervisor_report, progress_report>;

namespace detail {

std::string named_process(std::string_view name, pid process);

void add_line(std::string& lines, std::string_view title, std::string_view text);

}  // namespace detail

/// Returns the report in one line, without a line break at its end.
std::string summary(const crash_report& crash);
std::string summary(const supervisor_report& report);
std::string summary(const progress_report& progress);
std::string summary(std::monostate);

/// Returns the rest of the report: lines of `title: text`, parted by line breaks; may be empty.
std::string details(const crash_report& crash);
std::string details(const supervisor_report& report);
std::string details(const progress_report&);
std::string details(std::monostate);

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/report_impl.hpp>
#endif
