// Tasks under a supervisor: so that they are in the tree, end with it, and may fail without their
// owner.
//
//     // among the children of a supervisor:  otp::child(otp::task_supervisor_spec{.name = "tasks"})
//     const otp::name<otp::task_supervisor> tasks{"tasks"};
//     auto page = otp::async_nolink(tasks, [] { return fetch("http://..."); });
//     if (auto done = page.yield(1s)) use(*done); else page.shutdown();
//
// A server that does not wait gets the end as a message:
//     using info = otp::messages<otp::completion<std::string>>;
//     void handle_info(otp::completion<std::string> page);     // page.ref, page.outcome
//
// A task supervisor is a dynamic supervisor; its tasks are `temporary`: no crash starts one again.
#pragma once

#include <otp/detail/task_start.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/task.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp {

using task_supervisor = dynamic_supervisor;
using task_supervisor_spec = dynamic_supervisor_spec;

/// As `async`, with the task as a child of `supervisor`: linked to both. Waits for the supervisor.
/// Throws exit_error when it is not there, or has as many children as it may. In a process.
template <dynamic_supervisor_address A, class F>
[[nodiscard]] auto async(const A& supervisor, F function) {
  auto& self = detail::require_process("otp::async");
  return detail::async_under(self, supervisor, true, std::move(function));
}

/// As the other, but not linked to the calling process: the task may fail without it (T-029), and goes
/// on when it ends. Its end comes as `completion<T>` if nobody awaits it (T-030). In a process.
template <dynamic_supervisor_address A, class F>
[[nodiscard]] auto async_nolink(const A& supervisor, F function) {
  auto& self = detail::require_process("otp::async_nolink");
  return detail::async_under(self, supervisor, false, std::move(function));
}

/// Starts a task that nobody waits for, as a child of `supervisor`. Errors and exceptions as those of
/// `start_child` of a dynamic supervisor. From anywhere.
template <dynamic_supervisor_address A, class F>
  requires(std::is_invocable_v<F> && !std::is_convertible_v<F, child_spec>)
result<pid, start_failure> start_child(const A& supervisor, F function) {
  auto& p = detail::create_task(detail::current_core("otp::start_child"), std::move(function));
  return otp::start_child(supervisor, detail::unborn_child(
                                          std::make_shared<detail::unborn_process>(p), pid{}));
}

/// The tasks that are running.
template <dynamic_supervisor_address A>
std::vector<pid> children(const A& supervisor) {
  std::vector<pid> running;
  for (const auto& each : which_children(supervisor)) running.push_back(each.process);
  return running;
}

}  // namespace otp
