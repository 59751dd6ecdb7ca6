// Definitions of otp/task.hpp.
#pragma once

#include <otp/task.hpp>

#include <cstddef>
#include <map>

namespace otp {

namespace detail {

/// The calling process, which must be the owner of the task.
inline process& require_owner(const pid& owner, const pid& task, std::string_view operation) {
  auto* const self = current_process();
  if (self == nullptr || self->id() != owner) {
    throw std::invalid_argument{fmt::format(
        "{}: task {} belongs to {}, and only its owner can wait for it or end it: let the owner do it "
        "and send the value here",
        operation, task, owner)};
  }
  return *self;
}

[[noreturn]] inline void exit_awaiting(const pid& task, exit_reason why,
                                       std::string_view operation = "await") {
  throw exit_error{exit_reason::from_call(std::move(why), fmt::to_string(task), operation)};
}

/// The value that is there.
template <class T>
stored_reply<T> value_in(std::optional<result<T>>& outcome) {
  if constexpr (std::is_void_v<T>) {
    return {};
  } else {
    return **std::move(outcome);
  }
}

/// A wait of `self` for `target`, visible to those who look for circles of waiting processes.
class visible_wait {
 public:
  visible_wait(process& self, const pid& target) : self_{self} {
    // Ordered before our own look: of two that close a circle at the same time, one sees it.
    self_.waits_on.store(edge_to(target), std::memory_order_seq_cst);
  }
  visible_wait(const visible_wait&) = delete;
  visible_wait& operator=(const visible_wait&) = delete;
  ~visible_wait() { self_.waits_on.store(0, std::memory_order_relaxed); }

  /// The circle that this wait closes, as text, if there is one; then it is not visible any more.
  std::optional<std::string> leave_circle() {
    return seems_in_circle(self_) ? detail::leave_circle(self_) : std::nullopt;
  }

 private:
  process& self_;
};

/// Calls `take(position, outcome)` for each of `tasks` that ends before `until`, in the order in which
/// they do; returns those that did not, with their positions. `take` says whether to go on.
template <class T, class Take>
std::map<monitor_ref, std::size_t> take_completions(process& self,
                                                    const std::vector<task<T>>& tasks,
                                                    const deadline& until, Take take) {
  std::map<monitor_ref, std::size_t> open;
  for (std::size_t i = 0; i < tasks.size(); ++i) open.emplace(tasks[i].ref(), i);
  while (!open.empty()) {
    auto e = take_message(self, until.left(), [&open](const envelope& m) {
      return m.ops->payload == type_tag<completion<T>>() &&
             open.contains(static_cast<const message_envelope<completion<T>>&>(m).payload.ref);
    });
    if (e == nullptr) break;
    const auto ref = static_cast<message_envelope<completion<T>>&>(*e).payload.ref;
    const auto position = open.extract(ref).mapped();
    if (!take(position, take_outcome<T>(std::move(e)))) break;
  }
  return open;
}

/// The outcomes of all; throws for the first that failed or when not all have ended by `until`.
template <class T>
std::vector<std::optional<result<T>>> await_all(const std::vector<task<T>>& tasks,
                                                std::chrono::nanoseconds timeout) {
  std::vector<std::optional<result<T>>> outcomes(tasks.size());
  if (tasks.empty()) return outcomes;
  for (const auto& each : tasks) require_owner(each.owner(), each.pid(), "otp::await_many");
  auto& self = require_process("otp::await_many");
  std::optional<std::size_t> failed;
  const auto open = take_completions(self, tasks, deadline{self.core(), timeout},
                                     [&](std::size_t i, result<T> outcome) {
                                       if (!outcome) failed = i;
                                       outcomes[i] = std::move(outcome);
                                       return !failed;
                                     });
  if (!failed && open.empty()) return outcomes;
  for (const auto& [ref, position] : open) forget_completion<T>(self, ref);
  const auto culprit = failed.value_or(open.begin()->second);
  exit_awaiting(tasks[culprit].pid(),
                failed ? std::move(outcomes[culprit]->error()) : exit_reason{reason::timeout},
                "await_many");
}

}  // namespace detail

template <class T>
T task<T>::await(std::chrono::nanoseconds timeout) const {
  auto& self = detail::require_owner(owner_, pid_, "otp::task::await");
  auto ended = [&] {
    detail::visible_wait edge{self, pid_};
    if (auto circle = edge.leave_circle()) {
      detail::exit_awaiting(pid_, exit_reason::from_deadlock(*std::move(circle)));
    }
    return detail::await_completion<T>(self, ref_, timeout);
  }();
  if (!ended) {
    detail::forget_completion<T>(self, ref_);
    detail::exit_awaiting(pid_, reason::timeout);
  }
  if (!*ended) detail::exit_awaiting(pid_, std::move(ended->error()));
  if constexpr (!std::is_void_v<T>) return **std::move(ended);
}

template <class T>
auto task<T>::yield(std::chrono::nanoseconds timeout) const -> outcome {
  auto& self = detail::require_owner(owner_, pid_, "otp::task::yield");
  return detail::await_completion<T>(self, ref_, timeout);
}

template <class T>
auto task<T>::shutdown(shutdown_policy how) const -> outcome {
  auto& self = detail::require_owner(owner_, pid_, "otp::task::shutdown");
  const bool at_once = how.is_brutal_kill();
  const auto expected = at_once ? exit_reason{reason::killed} : exit_reason{reason::shutdown};
  // The owner may be killed at any wait from here on: the signal is sent before the next one.
  detail::unlink_from(self, pid_);
  otp::exit(pid_, at_once ? exit_reason{reason::kill} : exit_reason{reason::shutdown});
  auto ended = detail::await_completion<T>(self, ref_, at_once ? infinity : how.allowance());
  if (!ended) {
    otp::exit(pid_, reason::kill);
    return detail::await_completion<T>(self, ref_, infinity);
  }
  if (!*ended && ended->error() == expected) return std::nullopt;
  return ended;
}

template <class T>
auto task<T>::ignore() const -> outcome {
  auto& self = detail::require_owner(owner_, pid_, "otp::task::ignore");
  detail::unlink_from(self, pid_);
  return detail::forget_completion<T>(self, ref_);
}

template <class T>
std::vector<T> await_many(const std::vector<task<T>>& tasks, std::chrono::nanoseconds timeout) {
  auto outcomes = detail::await_all(tasks, timeout);
  std::vector<T> values;
  values.reserve(outcomes.size());
  for (auto& each : outcomes) values.push_back(**std::move(each));
  return values;
}

inline void await_many(const std::vector<task<>>& tasks, std::chrono::nanoseconds timeout) {
  detail::await_all(tasks, timeout);
}

template <class... T>
std::tuple<detail::stored_reply<T>...> await_many(std::chrono::nanoseconds timeout,
                                                  const task<T>&... tasks) {
  auto& self = detail::require_process("otp::await_many");
  (detail::require_owner(tasks.owner(), tasks.pid(), "otp::await_many"), ...);
  const detail::deadline until{self.core(), timeout};
  std::tuple<std::optional<result<T>>...> outcomes;
  const auto still_open = [&] {
    return std::apply([](const auto&... each) { return (!each || ...); }, outcomes);
  };
  const auto give_up = [&](const pid& culprit, exit_reason why) {
    (detail::forget_completion<T>(self, tasks.ref()), ...);
    detail::exit_awaiting(culprit, std::move(why), "await_many");
  };
  const auto take_one = [&](detail::owned_envelope& e, const auto& task, auto& outcome) {
    using V = typename std::remove_cvref_t<decltype(task)>::value_type;
    if (e == nullptr || !detail::is_completion<V>(*e, task.ref())) return;
    outcome = detail::take_outcome<V>(std::move(e));
    if (!*outcome) give_up(task.pid(), std::move(outcome->error()));
  };
  while (still_open()) {
    auto e = detail::take_message(self, until.left(), [&](const detail::envelope& m) {
      return (detail::is_completion<T>(m, tasks.ref()) || ...);
    });
    if (e == nullptr) give_up(std::get<0>(std::tie(tasks...)).pid(), reason::timeout);
    std::apply([&](auto&... outcome) { (take_one(e, tasks, outcome), ...); }, outcomes);
  }
  return std::apply(
      [](auto&... each) {
        return std::tuple<detail::stored_reply<T>...>{detail::value_in<T>(each)...};
      },
      outcomes);
}

template <class T>
std::vector<typename task<T>::outcome> yield_many(const std::vector<task<T>>& tasks,
                                                  std::chrono::nanoseconds timeout) {
  std::vector<typename task<T>::outcome> outcomes(tasks.size());
  if (tasks.empty()) return outcomes;
  for (const auto& each : tasks) detail::require_owner(each.owner(), each.pid(), "otp::yield_many");
  auto& self = detail::require_process("otp::yield_many");
  detail::take_completions(self, tasks, detail::deadline{self.core(), timeout},
                           [&](std::size_t i, result<T> outcome) {
                             outcomes[i] = std::move(outcome);
                             return true;
                           });
  return outcomes;
}

}  // namespace otp
