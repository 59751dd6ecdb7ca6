// Telemetry of the current runtime: handlers that are attached to named events and run in whoever
// executes them.
//
//     otp::telemetry::attach("log-queries", "chatroom.repo.query", [](const otp::telemetry_event& e) { … });
//     otp::telemetry::execute("chatroom.repo.query", {{"total_time", 3ms}}, {{"source", "messages"}});
//
// Usable in a process and on a thread that has entered a runtime. Elsewhere execute does nothing
// (M-015), and the others throw not_a_process. See telemetry_table for what each function does, and for its cost without handlers.
#pragma once

#include <otp/detail/runtime_services.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace otp::telemetry {

/// The table of the current runtime.
inline telemetry_table& current() { return detail::current_telemetry(); }

/// As telemetry_table::attach.
inline bool attach(std::string id, event_name event, telemetry_handler handler,
                   field_value config = {}) {
  return current().attach(std::move(id), event, std::move(handler), std::move(config));
}

/// As telemetry_table::detach.
inline bool detach(std::string_view id) { return current().detach(id); }

/// As telemetry_table::execute.
template <class... A>
void execute(event_name event, A&&... arguments) {
  if (auto* const core = detail::find_current_core()) {
    core->services->telemetry.execute(event, std::forward<A>(arguments)...);
  }
}
inline void execute(event_name event, const fields& measurements, const fields& metadata = {}) {
  if (auto* const core = detail::find_current_core()) {
    core->services->telemetry.execute(event, measurements, metadata);
  }
}

/// As telemetry_table::span.
template <class Metadata, class Run>
decltype(auto) span(event_name prefix, Metadata&& metadata, Run&& run) {
  return current().span(prefix, std::forward<Metadata>(metadata), std::forward<Run>(run));
}
template <class Run>
decltype(auto) span(event_name prefix, const fields& metadata, Run&& run) {
  return current().span(prefix, metadata, std::forward<Run>(run));
}

}  // namespace otp::telemetry
