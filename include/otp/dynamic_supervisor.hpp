// Dynamic supervisors: for many children of one kind that come and go.
//
//     auto sockets = otp::start_link<otp::dynamic_supervisor>({.name = "chat.sockets"}, {});
//     auto child = otp::start_child(sockets, otp::child<connection>(std::move(socket)));
//
// It starts with no children and starts each when it is asked to. Children have no ids and no order;
// they are known by their pids. One that ends without being restarted is forgotten. At the end all
// children are told at once and awaited together, each with its own deadline (D-013). Every rule is
// in detail/dynamic_supervisor_fsm.hpp.
#pragma once

#include <otp/child.hpp>
#include <otp/child_info.hpp>
#include <otp/child_spec.hpp>
#include <otp/detail/await_exit.hpp>
#include <otp/detail/dynamic_supervisor_fsm.hpp>
#include <otp/detail/supervision_effects.hpp>
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>
#include <otp/supervisor_spec.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace otp {

/// The server behind the functions below.
class dynamic_supervisor : public gen_server<dynamic_supervisor> {
 public:
  struct options {
    std::string name{};  ///< Registered while the supervisor lives; none if empty.
    std::size_t max_children = std::numeric_limits<std::size_t>::max();  ///< D-005, D-006.
    restart_intensity intensity{};
  };

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

  /// As a child it is a supervisor, so it has all the time it needs to stop (V-010).
  static child_overrides child_defaults() { return {.type = child_type::supervisor}; }

  dynamic_supervisor() : dynamic_supervisor{options{}} {}
  /// Ends the start with `invalid_supervisor` if the intensity is wrong (V-006).
  explicit dynamic_supervisor(options chosen)
      : name_{chosen.name}, machine_{chosen.max_children, chosen.intensity} {
    if (const auto valid = validate(chosen.intensity); !valid) otp::exit(exit_reason{valid.error()});
    this_process::trap_exit(true);
  }

  result<pid, start_failure> handle_call(add_child request) {
    drive(detail::supervision::add_child{std::move(request.spec)});
    return *std::exchange(started_, std::nullopt);
  }
  result<void, child_error> handle_call(stop_child request) {
    drive(detail::dynamic::terminate_child{request.process});
    if (found_) return {};
    return failure{child_error{refusal::not_found, {}, request.process, {}}};
  }
  std::vector<child_info> handle_call(list) { return machine_.which_children(); }
  child_counts handle_call(count) { return machine_.count_children(); }

  noreply handle_info(exited message) {
    return react(detail::supervision::child_exited{message.from, std::move(message.reason),
                                                   this_runtime::now()});
  }
  noreply handle_info(detail::dynamic::retry again) {
    return react(detail::dynamic::retry_due{again.process, this_runtime::now()});
  }

  /// Stops the children (D-013).
  void terminate(const exit_reason&) {
    if (!end_) drive(detail::dynamic::stop{this_runtime::now()});
  }

  std::string format_status() const {
    const auto counts = machine_.count_children();
    return fmt::format("{} children, {} running", counts.specs, counts.active);
  }

 private:
  using event = detail::dynamic::event;
  using next_event = std::optional<event>;

  // Performs what the machine decides, until there is nothing more to do now.
  void drive(event first) {
    for (next_event next = std::move(first); next;) {
      const auto actions = machine_.decide(*next);
      next.reset();
      for (const auto& action : actions) {
        next = std::visit([this](const auto& what) { return perform(what); }, action);
      }
    }
  }

  noreply react(event what) {
    drive(std::move(what));
    if (end_) return otp::stop(*end_);
    return {};
  }

  next_event perform(const detail::dynamic::start_child&) {
    return detail::start_child<event>(machine_.current_start());
  }
  next_event perform(const detail::supervision::await_exit& action) {
    if (auto why = detail::await_exit(action.process, action.at_most)) {
      return detail::supervision::child_gone{*std::move(why)};
    }
    return detail::supervision::child_overran{};
  }
  next_event perform(const detail::dynamic::await_exits& action) {
    const auto left = action.until == infinity
                          ? infinity
                          : std::max(action.until - this_runtime::now(), std::chrono::nanoseconds{});
    return otp::receive(
        [](exited message) -> next_event {
          return detail::supervision::child_exited{message.from, std::move(message.reason),
                                                   this_runtime::now()};
        },
        otp::after(left, []() -> next_event {
          return detail::dynamic::deadline_passed{this_runtime::now()};
        }));
  }
  next_event perform(const detail::supervision::send_exit& action) {
    otp::exit(action.process, action.reason);
    return std::nullopt;
  }
  next_event perform(const detail::dynamic::retry& action) {
    otp::send(this_process::self(), action);
    return std::nullopt;
  }
  next_event perform(const detail::dynamic::started& action) {
    started_ = action.outcome;
    return std::nullopt;
  }
  next_event perform(const detail::dynamic::terminated& action) {
    found_ = action.found;
    return std::nullopt;
  }
  next_event perform(const detail::supervision::report& action) {
    detail::write_report(name_, action);
    return std::nullopt;
  }
  next_event perform(const detail::supervision::finish& action) {
    end_ = action.reason;
    return std::nullopt;
  }

  std::string name_;
  detail::dynamic_supervisor_fsm machine_;
  std::optional<result<pid, start_failure>> started_;
  bool found_ = false;
  std::optional<exit_reason> end_;
};

/// What names a running dynamic supervisor.
template <class A>
concept dynamic_supervisor_address =
    server_address<A> && std::same_as<typename A::server_type, dynamic_supervisor>;

// The functions below wait for the supervisor, as long as it takes: it may be starting a child. If it
// is gone, they throw exit_error, as `call` does.

/// Starts a child (D-002). Fails with the reason of its start, `ignored` if it asked not to be
/// started, `refusal::max_children` (D-005), or `invalid_child_specs`; nothing is kept then.
template <dynamic_supervisor_address A>
result<pid, start_failure> start_child(const A& target, child_spec spec) {
  return otp::call(target, dynamic_supervisor::add_child{std::move(spec)}, infinity);
}

/// Stops a child as its spec says and forgets it, even if it is permanent (D-009). Error: `not_found`.
template <dynamic_supervisor_address A>
result<void, child_error> terminate_child(const A& target, const pid& process) {
  return otp::call(target, dynamic_supervisor::stop_child{process}, infinity);
}

/// Returns the children; the order is not promised (D-015).
template <dynamic_supervisor_address A>
std::vector<child_info> which_children(const A& target) {
  return otp::call(target, dynamic_supervisor::list{}, infinity);
}

/// Returns the number of children; `active` are those that are not restarting (D-015).
template <dynamic_supervisor_address A>
child_counts count_children(const A& target) {
  return otp::call(target, dynamic_supervisor::count{}, infinity);
}

}  // namespace otp
