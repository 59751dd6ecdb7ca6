// Dynamic supervisors: for many children that come and go, such as one process per connection.
//
//     auto rooms = otp::start_link(otp::dynamic_supervisor_spec{.name = "rooms"});
//     auto room = otp::start_child(rooms, otp::child<chat::room>("lobby"));     // result<pid, start_failure>
//     otp::terminate_child(rooms, *room);
//
// It starts without children. They have no ids and no order: each is known by its process, a crash concerns
// only the child itself, and a child that ends without being restarted is forgotten. At the end all are told
// at once and awaited together (D-013). Every rule is in detail/dynamic_supervisor_fsm.hpp.
//
// Starting and finding a child costs the same with ten children and with a hundred thousand.
#pragma once

#include <otp/child.hpp>
#include <otp/child_info.hpp>
#include <otp/child_spec.hpp>
#include <otp/detail/dynamic_supervisor_fsm.hpp>
#include <otp/gen_server.hpp>
#include <otp/supervisor_spec.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace otp {

/// A dynamic supervisor, as data (D-001).
struct dynamic_supervisor_spec {
  std::string name{};  ///< Registered while the supervisor lives; none if empty.
  std::size_t max_children = std::numeric_limits<std::size_t>::max();  ///< Running or restarting.
  restart_intensity intensity{};
  restart_backoff backoff{};  ///< By default restarts follow at once.
};

/// The server behind the functions below.
class dynamic_supervisor : public gen_server<dynamic_supervisor> {
 public:
  using options = dynamic_supervisor_spec;

  struct add_child {
    using reply = result<pid, start_failure>;
    child_spec spec;
  };
  struct stop_child {
    using reply = result<void, child_error>;
    pid process;
  };
  struct list {
    using reply = std::vector<child_info>;
  };
  struct count {
    using reply = child_counts;
  };
  using info = messages<detail::dynamic::retry>;

  /// Ends the start with an `invalid_supervisor` if the options are wrong (V-006).
  explicit dynamic_supervisor(const options& with)
      : name_{with.name},
        machine_{with.max_children, with.intensity, with.backoff,
                 with.backoff.jitter > 0 ? this_runtime::random() : 0} {
    if (const auto valid = validate(with.intensity); !valid) otp::exit(valid.error());
    if (const auto valid = validate(with.backoff); !valid) otp::exit(valid.error());
    this_process::trap_exit(true);
  }

  /// As a child it is a supervisor: it has all the time it needs to shut down (V-010).
  static child_overrides child_defaults() { return {.type = child_type::supervisor}; }

  result<pid, start_failure> handle_call(add_child request);
  result<void, child_error> handle_call(stop_child request);
  std::vector<child_info> handle_call(list);
  child_counts handle_call(count);

  noreply handle_info(exited message);
  noreply handle_info(detail::dynamic::retry again);

  /// Stops the children, all at once (D-013).
  void terminate(const exit_reason&);

  std::string format_status() const;

 private:
  using event = detail::dynamic::event;
  using next_event = std::optional<event>;

  void drive(next_event next);

  noreply react(next_event what);

  next_event perform(const detail::dynamic::start_child&);
  next_event perform(const detail::supervision::await_exit& action);

  next_event perform(const detail::dynamic::await_exits& action);

  next_event perform(const detail::supervision::send_exit& action);
  next_event perform(const detail::dynamic::retry& action);
  next_event perform(const detail::dynamic::started& action);
  next_event perform(const detail::dynamic::terminated& action);
  next_event perform(const detail::supervision::report& action);
  next_event perform(const detail::supervision::finish& action);

  std::string name_;
  detail::dynamic_supervisor_fsm machine_;
  std::optional<result<pid, start_failure>> started_;
  bool found_ = false;
  bool watching_ = false;
  std::optional<exit_reason> end_;
};

/// What names a running dynamic supervisor: a `server_ref` or a `name` of it.
template <class A>
concept dynamic_supervisor_address =
    server_address<A> && std::same_as<typename A::server_type, dynamic_supervisor>;

/// Starts a dynamic supervisor, its parent being the calling process. Errors: `invalid_supervisor`,
/// `already_started`. In a process.
start_result<dynamic_supervisor> try_start_link(dynamic_supervisor_spec spec);
/// As try_start_link; throws start_error with the reason. In a process.
server_ref<dynamic_supervisor> start_link(dynamic_supervisor_spec spec);
/// As try_start_link, without a parent; from anywhere.
start_result<dynamic_supervisor> try_start(dynamic_supervisor_spec spec);
/// As try_start; throws start_error with the reason.
server_ref<dynamic_supervisor> start(dynamic_supervisor_spec spec);

/// A dynamic supervisor as a child; the same as `child<dynamic_supervisor>(spec)`.
child_spec child(dynamic_supervisor_spec spec);

// The functions below wait for the supervisor, as long as it takes: it may be busy with the start or the
// end of a child. If it is gone, they throw exit_error (`noproc`, or what it ended with), as `call` does.

/// Starts a child (D-002). The spec needs no id, and one that is given is not kept (D-003). The failure
/// is what the child's start ended with, or `ignored`; or its reason is `refusal::max_children` (D-005), or
/// an `invalid_child_specs` (D-004). Nothing is kept then.
template <dynamic_supervisor_address A>
result<pid, start_failure> start_child(const A& target, child_spec spec) {
  return otp::call(target, dynamic_supervisor::add_child{std::move(spec)}, infinity);
}

/// Stops a child as its spec says and forgets it, even a permanent one (D-009). Error: `not_found`.
template <dynamic_supervisor_address A>
result<void, child_error> terminate_child(const A& target, const pid& process) {
  return otp::call(target, dynamic_supervisor::stop_child{process}, infinity);
}

/// Returns the children, those started last first (D-015).
template <dynamic_supervisor_address A>
std::vector<child_info> which_children(const A& target) {
  return otp::call(target, dynamic_supervisor::list{}, infinity);
}

/// Returns the number of children, without looking at each (D-015).
template <dynamic_supervisor_address A>
child_counts count_children(const A& target) {
  return otp::call(target, dynamic_supervisor::count{}, infinity);
}

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/dynamic_supervisor_impl.hpp>
#endif
