// The application controller: loads, starts and stops the applications of a runtime, in the order in
// which they need each other.
//
//     otp::application_controller::ensure_all_started<shop>();   // and what it needs, first
//     for (const auto& app : otp::application_controller::started_applications()) ...
//     otp::application_controller::stop("shop");
//
// An application starts as `temporary`, `transient` or `permanent` (L-019 to L-022). When one ends that
// nobody has stopped, its prep_stop and stop run. If it was permanent, or transient and did not end as
// normal, the node goes down: all other applications stop, the newest first, and then the program ends;
// see on_node_down. The same when one of these types fails to start.
//
// The controller is one process per runtime, started when it is first needed. It never waits for an
// application, so it answers while one takes long to start or to stop. The functions here do wait, as
// long as it takes. Called in a process or on a thread that has entered a runtime.
#pragma once

#include <otp/application.hpp>
#include <otp/application_env.hpp>
#include <otp/application_error.hpp>
#include <otp/application_spec.hpp>
#include <otp/child_spec.hpp>
#include <otp/detail/application_environment.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>
#include <otp/result.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

namespace detail {

/// Loads those that are not loaded yet.
void load_needed(std::vector<application_spec> specs);

}  // namespace detail

namespace application_controller {

/// Makes an application known, and gives its settings their defaults. Errors: `already_loaded`.
/// Throws std::invalid_argument when the spec has no name.
result<void, application_error> load(application_spec spec);
/// Forgets an application and its settings. Errors: `not_loaded`, `running`.
result<void, application_error> unload(std::string_view name);

/// Starts an application that is loaded, and returns when its start and its start phases are done
/// (L-001, L-029). Errors: `already_started`; `not_started` with the first application that it needs
/// and that does not run (L-003); `not_loaded`; `start_failed`, and nothing of it is left then
/// (L-010 to L-013, L-030); `stopping`.
result<void, application_error> start(std::string_view name, restart type = restart::temporary);
/// The same, without an error when it runs already (L-002).
result<void, application_error> ensure_started(std::string_view name,
                                               restart type = restart::temporary);
/// Starts an application and before it what it needs and does not run, depth first in the order of the
/// lists. Returns the names of those started, in that order (L-004). Errors as for start, of whichever
/// application failed; those started by this call are stopped again, the newest first (L-005).
/// `needs_itself` when the needs form a circle (L-008).
result<std::vector<std::string>, application_error> ensure_all_started(
    std::string_view name, restart type = restart::temporary);

/// Stops an application: prep_stop with all of it running, then its tree from the top, then stop, then
/// every process that it has left somewhere else is killed (L-014, L-018). Others that need it keep
/// running (L-017). Never takes the node down. Errors: `not_started`.
result<void, application_error> stop(std::string_view name);
/// Stops all applications, the newest first, each completely before the next (L-023). Those that are
/// starting come up first. Nothing can be started meanwhile.
void stop_all();

/// Returns the applications that run, the latest started first (L-024).
std::vector<application_info> started_applications();
/// Returns all that are known, by name.
std::vector<application_info> loaded_applications();
/// Returns the top of an application's tree; nobody if it does not run or has none.
pid top_of(std::string_view name);
/// Returns which applications are being stopped at this moment.
std::vector<std::string> stopping_applications();

/// The settings of all applications at one moment.
using environment_snapshot = detail::application_environment::everything;
/// Notes them, to be compared later.
environment_snapshot prep_config_change();
/// Tells every application that runs what differs between `before` and now, by its config_change, the
/// oldest application first; those without a difference are not told (L-031).
void config_change(const environment_snapshot& before);

/// Why the node went down.
struct node_down {
  std::string application;  ///< Whose end or failed start it was.
  exit_reason reason;       ///< The `application_error`, if it did not start.
};
/// What happens then, when all applications have stopped; runs in the controller's process. By default
/// the program ends with exit code 1. Before an application is started; one per runtime.
void on_node_down(std::function<void(const node_down&)> handler);

/// As the functions above, of the application class `A`; loads it and what it needs, unless that is done.
template <detail::application_class A>
result<void, application_error> start(restart type = restart::temporary) {
  detail::load_needed(detail::specs_of<A>());
  return start(std::string_view{A::name}, type);
}
template <detail::application_class A>
result<std::vector<std::string>, application_error> ensure_all_started(
    restart type = restart::temporary) {
  detail::load_needed(detail::specs_of<A>());
  return ensure_all_started(std::string_view{A::name}, type);
}
template <detail::application_class A>
result<void, application_error> stop() {
  return stop(std::string_view{A::name});
}

}  // namespace application_controller
}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/application_controller_impl.hpp>
#endif
