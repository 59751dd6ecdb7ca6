// The other side of a dynamic supervisor's state machine, for tests: performs what the machine
// decides, with children that start and end as planned, and writes it down.
#pragma once

#include "detail/supervisor_world.hpp"
#include <otp/detail/dynamic_supervisor_fsm.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace supervision_test {

namespace dynamic = otp::detail::dynamic;
using otp::child_type;
using otp::start_failure;

// Children are named by the number of their first start: p1, p2, ... A start gives a fresh pid, or
// what `next_starts` says. At the end of all, children stop when the test says so.
template <class Machine>
class dynamic_driver_of {
 public:
  explicit dynamic_driver_of(std::size_t max_children = 1000,
                             otp::restart_intensity intensity = plenty)
      : machine{max_children, intensity} {}

  Machine machine;
  nanoseconds now{0};
  std::deque<outcome> next_starts;
  std::optional<habit> next_habit;  // of the child that is terminated
  std::deque<pid> retries;
  std::optional<nanoseconds> awaiting_until;
  std::optional<exit_reason> finished;
  lines trace;
  std::uint64_t starts = 0;

  void feed(dynamic::event event) {
    awaiting_until.reset();
    int decisions = 0;
    for (std::optional<dynamic::event> next = std::move(event); next;) {
      // What no machine should do is part of the trace, so that it is a difference.
      if (++decisions > 1000) return trace.push_back("wrong: decides without end");
      const auto actions = machine.decide(*next);
      next.reset();
      for (const dynamic::action& action : actions) {
        if (next || awaiting_until) trace.push_back("wrong: acts behind what takes time");
        next = std::visit([this](const auto& what) { return this->perform(what); }, action);
      }
    }
  }

  // The pid, or nobody.
  pid add(restart when = restart::permanent, otp::shutdown_policy shutdown = {},
          child_type type = child_type::worker) {
    outcome_.reset();
    feed(supervision::add_child{{.start = [this] { return start(); },
                                 .restart = when,
                                 .shutdown = shutdown,
                                 .type = type}});
    return outcome_ && *outcome_ ? **outcome_ : pid{};
  }
  const start_failure& failure() const { return outcome_.value().error(); }
  std::uint64_t births() const { return last_serial_; }

  void crash(pid process, exit_reason why = "boom"s) {
    feed(supervision::child_exited{process, std::move(why), now});
  }
  bool terminate(pid process) {
    feed(dynamic::terminate_child{process});
    return found_;
  }
  void retry() {
    const pid process = retries.front();
    retries.pop_front();
    feed(dynamic::retry_due{process, now});
  }
  void stop() { feed(dynamic::stop{now}); }
  void time_is_up() {
    now = *awaiting_until;
    feed(dynamic::deadline_passed{now});
  }

  lines done() { return std::exchange(trace, {}); }
  otp::child_counts counts() const { return machine.count_children(); }

  static std::string name(pid process) { return "p" + std::to_string(process.serial); }

 private:
  using next_event = std::optional<dynamic::event>;

  otp::result<pid, start_failure> start() {
    ++starts;
    outcome planned = up;
    if (!next_starts.empty()) {
      planned = next_starts.front();
      next_starts.pop_front();
    }
    if (planned.how == outcome::kind::fails) return otp::failure{start_failure{planned.why, false}};
    if (planned.how == outcome::kind::ignored) return otp::failure{start_failure{{}, true}};
    return pid{0, 0, ++last_serial_};
  }

  next_event perform(const dynamic::start_child&) {
    const auto child = machine.current_start()();
    if (child) {
      trace.push_back("start " + name(*child));
      return supervision::child_up{*child};
    }
    trace.push_back(child.error().ignored ? "start ignored" : "start fails");
    if (child.error().ignored) return supervision::child_ignored{};
    return supervision::child_failed{child.error().reason};
  }
  next_event perform(const supervision::send_exit& exit) {
    told_ = exit.reason;
    trace.push_back((told_ == reason::kill ? "kill " : "exit ") + name(exit.process));
    return std::nullopt;
  }
  next_event perform(const supervision::await_exit&) {
    if (std::exchange(overran_, false)) return supervision::child_gone{reason::killed};
    const habit manner = std::exchange(next_habit, std::nullopt).value_or(habit{});
    const bool killed = told_ == reason::kill;
    if (!killed && manner.overruns) {
      overran_ = true;
      return supervision::child_overran{};
    }
    return supervision::child_gone{
        manner.ends_with.value_or(killed ? reason::killed : reason::shutdown)};
  }
  next_event perform(const dynamic::await_exits& await) {
    awaiting_until = await.until;
    return std::nullopt;
  }
  next_event perform(const dynamic::retry& retry) {
    retries.push_back(retry.process);
    return std::nullopt;
  }
  next_event perform(const dynamic::started& started) {
    outcome_ = started.outcome;
    return std::nullopt;
  }
  next_event perform(const dynamic::terminated& terminated) {
    found_ = terminated.found;
    return std::nullopt;
  }
  next_event perform(const supervision::report& report) {
    trace.push_back(text_of(report) + " " + name(report.child.process));
    return std::nullopt;
  }
  next_event perform(const supervision::finish& finish) {
    finished = finish.reason;
    trace.push_back("finish " + finish.reason.to_string());
    return std::nullopt;
  }

  std::optional<otp::result<pid, start_failure>> outcome_;
  bool found_ = false;
  exit_reason told_;
  bool overran_ = false;
  std::uint64_t last_serial_ = 0;
};

using dynamic_driver = dynamic_driver_of<otp::detail::dynamic_supervisor_fsm>;

}  // namespace supervision_test
