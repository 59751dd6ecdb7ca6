// Tasks: work that is done beside, and its value when it is needed.
//
//     auto pages = otp::async([] { return count_pages(); });
//     auto words = otp::async([] { return count_words(); });   // both run now
//     fmt::print("{} {}\n", pages.await(), words.await());
//
// A task is a process that runs one function. It is linked to the process that started it, its owner:
// if the task fails, so does the owner, and the other way round, so that nobody goes on with a value
// that will never come. Only the owner can wait for it. When that is not wanted:
//   otp::async_nolink (otp/task_supervisor.hpp)   the owner survives the failure, and is told
//   otp::start_task                               nobody waits
//   a server                                      the work has a state, or others ask for it
// Many inputs, a few at a time: otp/async_stream.hpp.
#pragma once

#include <otp/child_spec.hpp>
#include <otp/detail/call_circle.hpp>
#include <otp/detail/call_envelope.hpp>
#include <otp/detail/task_body.hpp>
#include <otp/process.hpp>

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace otp {

/// How long `await` and `yield` wait by default (T-011).
inline constexpr std::chrono::nanoseconds default_task_timeout = std::chrono::seconds{5};

/// A task whose value is a `T`. A small copyable value that never dangles, like a pid.
///
/// Its operations are for its owner, the process that called `async`: in any other, and on a plain
/// thread, they throw std::invalid_argument and change nothing (T-012). Nothing happens when a task
/// is forgotten; its `otp::completion<T>` then stays in the owner's mailbox.
///
/// The value is given once. After that, and after an `await` that has timed out, waiting again fails
/// with `timeout` at once (OTP lets the whole time pass first: T-013).
template <class T = void>
class task {
 public:
  using value_type = T;
  /// What became of it: the value or the exit reason; nothing if it still runs.
  using outcome = std::optional<result<T>>;

  const otp::pid& pid() const noexcept { return pid_; }
  /// Who may wait for it.
  const otp::pid& owner() const noexcept { return owner_; }
  /// What its `completion<T>` is known by.
  monitor_ref ref() const noexcept { return ref_; }

  /// Waits for the value (T-001, T-002). Throws exit_error: what the task ended with, if the owner
  /// traps exits or is not linked to it (T-006; otherwise the owner ends with it, T-003 to T-005);
  /// `normal` if it ended without a value (T-007); `timeout` if there is no value within `timeout`
  /// (T-008). After a timeout the task runs on, and its value is dropped (T-009). A task that calls its
  /// waiting owner would wait for ever: one of them, who looks last, fails with a deadlock instead.
  T await(std::chrono::nanoseconds timeout = default_task_timeout) const;

  /// Waits for the end of the task up to `timeout`: nothing means that it still runs, and may be asked
  /// again (T-014, T-015).
  [[nodiscard]] outcome yield(std::chrono::nanoseconds timeout = default_task_timeout) const;

  /// Ends the task with the exit signal `shutdown`, and returns when it is gone (T-016). If it does
  /// not go in the time that `how` allows, it is killed, and the outcome is `killed` (T-018);
  /// `brutal_kill` does that at once (T-019). Nothing: it was ended by this. Otherwise what it had
  /// ended with before (T-017, T-020).
  outcome shutdown(shutdown_policy how = {}) const;

  /// Lets the task go on alone: unlinks it, and drops its value. Returns what it had ended with before,
  /// nothing if it runs (T-022).
  outcome ignore() const;

  friend bool operator==(const task&, const task&) = default;

  /// For the library: made by `async`.
  task(const otp::pid& process, const otp::pid& owner, monitor_ref ref) noexcept
      : pid_{process}, owner_{owner}, ref_{ref} {}

 private:
  otp::pid pid_;
  otp::pid owner_;
  monitor_ref ref_;
};

/// Starts a task that runs `function`, a callable without parameters; returns at once. What it
/// captures is moved into the task and destroyed before the owner hears of its end. In a process.
template <class F>
[[nodiscard]] task<detail::task_value<F>> async(F function) {
  auto& self = detail::require_process("otp::async");
  auto [p, ref] = detail::create_owned_task(self, std::move(function));
  const task<detail::task_value<F>> started{p.id(), self.id(), ref};
  detail::set_ancestors(self, p);
  detail::link_newborn(self, p);
  detail::publish_shared(p);
  return started;
}

/// Waits for the values of several tasks, in their order, whatever the order in which they end
/// (T-024). `timeout` is for all together. Throws exit_error as `await` does, at the first that
/// fails or when the time is over (T-025); then the values of the others are dropped.
template <class T>
std::vector<T> await_many(const std::vector<task<T>>& tasks,
                          std::chrono::nanoseconds timeout = default_task_timeout);
void await_many(const std::vector<task<>>& tasks,
                std::chrono::nanoseconds timeout = default_task_timeout);

/// The same for tasks with values of different types; gives a tuple, with `done` for nothing.
template <class... T>
std::tuple<detail::stored_reply<T>...> await_many(std::chrono::nanoseconds timeout,
                                                  const task<T>&... tasks);
template <class... T>
std::tuple<detail::stored_reply<T>...> await_many(const task<T>&... tasks) {
  return await_many(default_task_timeout, tasks...);
}

/// Waits until all have ended, at most `timeout` for all together, and returns the outcomes in the
/// order of the tasks; those without one may be asked again (T-023).
template <class T>
std::vector<typename task<T>::outcome> yield_many(
    const std::vector<task<T>>& tasks, std::chrono::nanoseconds timeout = default_task_timeout);

/// Starts a task that nobody waits for: as `spawn`, but any end that is not orderly is reported as a
/// crash (T-028).
template <class F>
pid start_task(F function) {
  auto& p = detail::create_task(detail::current_core("otp::start_task"), std::move(function));
  const auto id = p.id();
  if (auto* const parent = detail::current_process()) detail::set_ancestors(*parent, p);
  detail::publish_shared(p);
  return id;
}

/// As start_task, linked to the calling process. In a process.
template <class F>
pid start_task_link(F function) {
  auto& self = detail::require_process("otp::start_task_link");
  auto& p = detail::create_task(self.core(), std::move(function));
  const auto id = p.id();
  detail::set_ancestors(self, p);
  detail::link_newborn(self, p);
  detail::publish_shared(p);
  return id;
}

/// A task as the child of a supervisor, which does not start it again: `temporary`. `function` is
/// copied for each start.
template <class F>
child_spec task_child(std::string id, F function) {
  return {.id = std::move(id),
          .start = [function = std::move(function)]() -> result<pid, start_failure> {
            return start_task_link(function);
          },
          .restart = restart::temporary};
}

}  // namespace otp

#include <otp/detail/task_impl.hpp>
