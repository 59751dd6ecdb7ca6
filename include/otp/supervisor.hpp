// Supervisors: processes that start other processes, notice when they end, and start them again.
//
//     auto tree = otp::start_link({.name = "catalogue",
//                                  .strategy = otp::strategy::rest_for_one,
//                                  .children = {otp::child<cache>({.name = "cache"}, 1'000),
//                                               otp::child<feed>({.name = "feed"})}});
//
// Children start one after the other in the order of the list, each when the one before is ready, and
// stop in reverse order, one at a time (V-012, V-050). A child that ends is started again as its spec says
// (otp/child_spec.hpp) and with it the siblings that the strategy names (otp/supervisor_spec.hpp), at once
// or after a wait (otp/restart_backoff.hpp). A supervisor that has to do that too often gives up: it stops
// its children and ends with `shutdown`, so that its own supervisor can try from further up. Every rule is
// in detail/supervisor_fsm.hpp.
//
// A supervisor is a server: a slow start of a child delays what else it is asked (V-020), and a child that
// calls its own supervisor while it is being started or stopped is told that this is a deadlock (V-019).
//
// When not to use it: for many children of one kind that come and go, take otp/dynamic_supervisor.hpp.
#pragma once

#include <otp/child.hpp>
#include <otp/child_info.hpp>
#include <otp/child_spec.hpp>
#include <otp/detail/supervisor_fsm.hpp>
#include <otp/gen_server.hpp>
#include <otp/supervisor_spec.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace otp {

/// The server behind the functions below; its state is a state machine, its handlers perform what the
/// machine decides.
class supervisor : public gen_server<supervisor> {
 public:
  struct add_child {
    using reply = result<pid, child_error>;
    child_spec spec;
  };
  struct stop_child {
    using reply = result<void, child_error>;
    std::string id;
  };
  struct revive_child {
    using reply = result<pid, child_error>;
    std::string id;
  };
  struct remove_child {
    using reply = result<void, child_error>;
    std::string id;
  };
  struct list {
    using reply = std::vector<child_info>;
  };
  struct count {
    using reply = child_counts;
  };
  struct find_spec {
    using reply = result<child_spec, child_error>;
    std::string id;
  };
  using info = messages<detail::supervision::retry>;

  /// Ends the start with an `invalid_child_specs` or `invalid_supervisor` if the spec is wrong (V-004,
  /// V-006).
  explicit supervisor(supervisor_spec spec)
      : name_{spec.name}, machine_{spec, spec.backoff.jitter > 0 ? this_runtime::random() : 0} {
    if (const auto valid = validate(spec); !valid) otp::exit(valid.error());
    this_process::trap_exit(true);
  }

  /// Starts the children; ends the start with `shutdown(failed_to_start_child)` if one fails (V-013).
  void init();

  result<pid, child_error> handle_call(add_child request);
  result<void, child_error> handle_call(stop_child request);
  result<pid, child_error> handle_call(revive_child request);
  result<void, child_error> handle_call(remove_child request);
  std::vector<child_info> handle_call(list);
  child_counts handle_call(count);
  result<child_spec, child_error> handle_call(find_spec request);

  noreply handle_info(exited message);
  noreply handle_info(detail::supervision::retry again);

  /// Stops the children (V-050, V-058).
  void terminate(const exit_reason&);

  std::string format_status() const;

 private:
  using event = detail::supervision::event;
  using next_event = std::optional<event>;

  void drive(event first);

  noreply react(event what);

  result<pid, child_error> ask(event request);

  static result<void, child_error> done(const result<pid, child_error>& answer);

  next_event perform(const detail::supervision::start_child& action);
  next_event perform(const detail::supervision::await_exit& action);
  next_event perform(const detail::supervision::send_exit& action);

  void log_stop(const detail::supervision::send_exit& action) const;

  next_event perform(const detail::supervision::retry& action);
  next_event perform(const detail::supervision::reply& action);
  next_event perform(const detail::supervision::report& action);
  next_event perform(const detail::supervision::finish& action);

  std::string name_;
  detail::supervisor_fsm machine_;
  std::optional<result<pid, child_error>> answer_;
  std::optional<exit_reason> end_;
};

/// What names a running supervisor: a `server_ref<supervisor>` or a `name<supervisor>`.
template <class A>
concept supervisor_address = server_address<A> && std::same_as<typename A::server_type, supervisor>;

/// Starts a supervisor, its parent being the calling process, and returns when all children are up.
/// Otherwise the reason is what was wrong with the spec (`invalid_child_specs`, `invalid_supervisor`),
/// `already_started`, or `shutdown(failed_to_start_child)` after those already up were stopped again
/// (V-004, V-006, V-008, V-013). In a process.
start_result<supervisor> try_start_link(supervisor_spec spec);
/// As try_start_link; throws start_error with the reason. In a process.
server_ref<supervisor> start_link(supervisor_spec spec);
/// As try_start_link, without a parent; from anywhere.
start_result<supervisor> try_start(supervisor_spec spec);
/// As try_start; throws start_error with the reason.
server_ref<supervisor> start(supervisor_spec spec);

/// A supervisor as the child of another one. Its id is its name, or "supervisor".
child_spec child(supervisor_spec spec);

// The functions below wait for the supervisor, as long as it takes: it may be busy with the start or the
// end of a child. If it is gone, they throw exit_error (`noproc`, or what it ended with), as `call` does.

/// Adds a child and starts it, as the last one (V-064). Returns its process, or nobody if it ignored its
/// start (it is kept then, unless it is temporary). Errors: `invalid_spec`, `already_started`,
/// `already_present`, `start_failed`; nothing is kept then.
template <supervisor_address A>
result<pid, child_error> start_child(const A& target, child_spec spec) {
  return otp::call(target, supervisor::add_child{std::move(spec)}, infinity);
}

/// Stops a child as its spec says, and does not start it again; its spec stays, unless it is temporary
/// (V-065). No error if it was stopped already. Error: `not_found`.
template <supervisor_address A>
result<void, child_error> terminate_child(const A& target, std::string_view id) {
  return otp::call(target, supervisor::stop_child{std::string{id}}, infinity);
}

/// Starts a child that is stopped (V-066). Returns its process, or nobody if it ignored its start.
/// Errors: `not_found`, `running`, `restarting`, `start_failed`; it stays stopped then.
template <supervisor_address A>
result<pid, child_error> restart_child(const A& target, std::string_view id) {
  return otp::call(target, supervisor::revive_child{std::string{id}}, infinity);
}

/// Forgets a child that is stopped (V-067). Errors: `not_found`, `running`, `restarting`.
template <supervisor_address A>
result<void, child_error> delete_child(const A& target, std::string_view id) {
  return otp::call(target, supervisor::remove_child{std::string{id}}, infinity);
}

/// Returns the children, the newest first: the reverse of the order in which they start (V-068).
template <supervisor_address A>
std::vector<child_info> which_children(const A& target) {
  return otp::call(target, supervisor::list{}, infinity);
}

/// Returns the number of children (V-069).
template <supervisor_address A>
child_counts count_children(const A& target) {
  return otp::call(target, supervisor::count{}, infinity);
}

/// Returns the spec of a child, its defaults written out (V-070). Error: `not_found`.
template <supervisor_address A>
result<child_spec, child_error> get_child_spec(const A& target, std::string_view id) {
  return otp::call(target, supervisor::find_spec{std::string{id}}, infinity);
}

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/supervisor_impl.hpp>
#endif
