// What both supervisors do in the world: start a child, wait before the next try, write a report.
#pragma once

#include <otp/child_info.hpp>
#include <otp/child_spec.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/detail/supervision.hpp>
#include <otp/error.hpp>
#include <otp/exit_reason.hpp>
#include <otp/failed_to_start_child.hpp>
#include <otp/pid.hpp>
#include <otp/process.hpp>
#include <otp/report.hpp>
#include <otp/timer.hpp>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace otp::detail {

/// Calls the start function: what it returned or threw, as an event for the state machine (V-014).
template <class Event>
Event start_child(const child_start& start) {
  const auto failed = [](const start_failure& why) -> Event {
    if (why.ignored) return supervision::child_ignored{};
    return supervision::child_failed{why.reason};
  };
  try {
    const auto child = start();
    if (!child) return failed(child.error());
    if (!*child) return supervision::child_ignored{};
    otp::link(*child);  // changes nothing if the start function has done it
    return supervision::child_up{*child};
  } catch (const start_error& error) {
    // So that a start function may simply say `return otp::start_link<S>(...).pid();`.
    return failed({error.reason(), error.ignored()});
  } catch (...) {
    const auto thrown = std::current_exception();
    if (!thrown) throw;  // the supervisor is being killed: no failure of the child
    return supervision::child_failed{start_threw{exit_reason::from_exception(thrown)}};
  }
}

/// Sends the calling supervisor its own decision to try a restart again, at once or after a wait. That
/// of a wait that was ended comes too, and is ignored then.
template <class Retry>
void send_retry(const Retry& retry) {
  if (retry.after == std::chrono::nanoseconds::zero()) {
    otp::send(this_process::self(), retry);
  } else {
    otp::send_after(retry.after, this_process::self(), retry);
  }
}

inline std::string shutdown_text(const shutdown_policy& how) {
  if (how.is_brutal_kill()) return "brutal_kill";
  if (how.allowance() == infinity) return "infinity";
  return fmt::format("{}", std::chrono::duration_cast<std::chrono::milliseconds>(how.allowance()));
}

inline reported_child reported(const child_info& child) {
  const auto restart_text = [&] {
    switch (child.restart) {
      case restart::permanent:
        return "permanent";
      case restart::transient:
        return "transient";
      case restart::temporary:
        break;
    }
    return "temporary";
  };
  return {.process = child.process,
          .id = child.id,
          .restart = restart_text(),
          .shutdown = shutdown_text(child.shutdown),
          .type = child.type == child_type::supervisor ? "supervisor" : "worker"};
}

/// Puts a report of the calling supervisor into its runtime's log (V-082, V-083).
inline void write_report(const std::string& name, const supervision::report& report) {
  auto& self = require_process("otp::supervisor");
  auto& log = self.core().services->log;
  if (report.kind == supervision::report_kind::progress) {
    if (!log.enabled(log_level::info)) return;
    return log.write(
        progress_report{.supervisor = self.id(), .name = name, .started = reported(report.child)});
  }
  if (!log.enabled(log_level::error)) return;
  const auto context = [&] {
    switch (report.kind) {
      case supervision::report_kind::start_error:
        return supervisor_context::start_error;
      case supervision::report_kind::shutdown:
        return supervisor_context::shutdown;
      case supervision::report_kind::shutdown_error:
        return supervisor_context::shutdown_error;
      case supervision::report_kind::child_terminated:
      case supervision::report_kind::progress:
        break;
    }
    return supervisor_context::child_terminated;
  };
  log.write(supervisor_report{.supervisor = self.id(),
                              .name = name,
                              .context = context(),
                              .reason = report.reason,
                              .offender = reported(report.child)});
}

}  // namespace otp::detail
