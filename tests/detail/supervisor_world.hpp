// The other side of a supervisor's state machine, for tests: children that start and end as
// planned, and a driver that performs what the machine decides and writes it down.
#pragma once

#include <otp/detail/supervision.hpp>
#include <otp/detail/supervisor_fsm.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace supervision_test {

namespace supervision = otp::detail::supervision;
namespace reason = otp::reason;
using otp::child_spec;
using otp::child_state;
using otp::exit_reason;
using otp::pid;
using otp::restart;
using otp::strategy;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;
using namespace std::string_literals;

using lines = std::vector<std::string>;

// How the next start of a child goes. Without a plan it comes up.
struct outcome {
  enum class kind { up, ignored, fails } how = kind::up;
  exit_reason why{};

  bool operator==(const outcome&) const = default;
};
inline outcome fails(exit_reason why) { return {outcome::kind::fails, std::move(why)}; }
inline const outcome up{};
inline const outcome ignored{outcome::kind::ignored};

// How a child takes it when it is told to stop. Without a habit it ends with what it was told.
struct habit {
  bool overruns = false;                   // does not react to shutdown
  std::optional<exit_reason> ends_with{};  // has ended, or ends, for a reason of its own

  bool operator==(const habit&) const = default;
};

// The children's side: starts and ends them as planned and writes down what is done to them.
class world {
 public:
  std::map<std::string, std::deque<outcome>> plans;
  std::map<std::string, habit> habits;
  std::function<outcome()> other_starts = [] { return up; };
  std::function<habit()> other_habits = [] { return habit{}; };
  lines trace;

  void note(std::string line) { trace.push_back(std::move(line)); }

  outcome start(const std::string& id) {
    outcome result = up;
    if (auto& plan = plans[id]; !plan.empty()) {
      result = plan.front();
      plan.pop_front();
    } else {
      result = other_starts();
    }
    if (result.how == outcome::kind::fails)
      note("start " + id + " fails " + result.why.to_string());
    if (result.how == outcome::kind::ignored) note("start " + id + " ignored");
    if (result.how == outcome::kind::up) note("start " + id);
    return result;
  }

  pid born(const std::string& id) {
    const pid fresh{0, static_cast<std::uint32_t>(names_.size()), names_.size() + 1};
    names_.push_back(id);
    return fresh;
  }

  std::string name_of(pid process) const {
    return process.serial - 1 < names_.size() ? names_[process.serial - 1] : "nobody";
  }

  std::size_t births() const { return names_.size(); }

  // The latest process of that name, or one that was born before it; nobody if there is none.
  pid born_as(const std::string& id, std::size_t before_the_latest) const {
    for (std::size_t i = names_.size(); i-- != 0;) {
      if (names_[i] == id && before_the_latest-- == 0) {
        return {0, static_cast<std::uint32_t>(i), i + 1};
      }
    }
    return {0, nobody, nobody + 1};
  }

  habit habit_of(const std::string& id) {
    const auto found = habits.find(id);
    return found == habits.end() ? other_habits() : found->second;
  }

 private:
  static constexpr std::uint32_t nobody = 1'000'000;

  std::vector<std::string> names_;
};

inline std::string text_of(const supervision::report& report) {
  const auto kind = [&] {
    switch (report.kind) {
      case supervision::report_kind::progress:
        return "progress";
      case supervision::report_kind::child_terminated:
        return "child_terminated";
      case supervision::report_kind::start_error:
        return "start_error";
      case supervision::report_kind::shutdown:
        return "shutdown";
      case supervision::report_kind::shutdown_error:
        return "shutdown_error";
    }
    return "?";
  };
  return fmt::format("report {} {} {}", kind(), report.child.id, report.reason);
}

inline std::string text_of(const otp::result<pid, otp::child_error>& outcome) {
  if (outcome) return *outcome ? "ok(pid)" : "ok";
  switch (outcome.error().what) {
    case otp::refusal::not_found:
      return "error(not_found)";
    case otp::refusal::running:
      return "error(running)";
    case otp::refusal::restarting:
      return "error(restarting)";
    case otp::refusal::already_started:
      return "error(already_started)";
    case otp::refusal::already_present:
      return "error(already_present)";
    case otp::refusal::invalid_spec:
      return "error(invalid_spec)";
    case otp::refusal::start_failed:
      return fmt::format("error({})", outcome.error().reason);
    case otp::refusal::max_children:
      return "error(max_children)";
  }
  return {};
}

// Performs what the machine decides, as the supervisor's process does, but in a world of its own.
template <class Machine>
class driver_of {
 public:
  driver_of(strategy how, otp::restart_intensity intensity, std::vector<child_spec> specs,
            otp::auto_shutdown when = otp::auto_shutdown::never)
      : machine{{.strategy = how,
                 .intensity = intensity,
                 .auto_shutdown = when,
                 .children = std::move(specs)}} {}
  explicit driver_of(const otp::supervisor_spec& spec) : machine{spec} {}

  world children;
  Machine machine;
  nanoseconds now{0};
  std::deque<supervision::retry_ticket> retries;
  std::vector<nanoseconds> waits;  // what each retry of the story was to wait
  std::optional<exit_reason> finished;

  void feed(supervision::event event) {
    int decisions = 0;
    for (std::optional<supervision::event> next = std::move(event); next;) {
      // What no machine should do is part of the trace, so that it is a difference.
      if (++decisions > 1000) return children.note("wrong: decides without end");
      const auto actions = machine.decide(*next);
      next.reset();
      for (const supervision::action& action : actions) {
        if (next) children.note("wrong: acts behind what takes time");
        next = std::visit([this](const auto& what) { return this->perform(what); }, action);
      }
    }
  }

  void boot() { feed(supervision::boot{}); }
  void stop() { feed(supervision::stop{}); }
  void retry() {
    const auto ticket = retries.front();
    retries.pop_front();
    feed(supervision::retry_due{ticket, now});
  }
  void add(child_spec spec) { feed(supervision::add_child{std::move(spec)}); }
  void terminate(std::string id) { feed(supervision::terminate_child{std::move(id)}); }
  void revive(std::string id) { feed(supervision::restart_child{std::move(id)}); }
  void remove(std::string id) { feed(supervision::delete_child{std::move(id)}); }
  void crash(const std::string& id, exit_reason why = "boom"s) {
    feed(supervision::child_exited{pid_of(id), std::move(why), now});
  }

  std::optional<otp::child_info> info(const std::string& id) const {
    for (const otp::child_info& child : machine.which_children()) {
      if (child.id == id) return child;
    }
    return std::nullopt;
  }
  pid pid_of(const std::string& id) const { return info(id).value().process; }

  // removed, stopped, restarting or running
  std::string state(const std::string& id) const {
    const auto child = info(id);
    if (!child) return "removed";
    if (child->state == child_state::running) return "running";
    return child->state == child_state::stopped ? "stopped" : "restarting";
  }

  // What was done since the last look, without reports and replies.
  lines done() { return taken("start ", "exit ", "kill ", "finish "); }
  lines reports() { return taken("report "); }
  lines replies() { return taken("reply "); }
  void forget() { children.trace.clear(); }

 private:
  template <class... Prefix>
  lines taken(Prefix... prefixes) {
    lines some;
    for (const std::string& line : children.trace) {
      if ((line.starts_with(prefixes) || ...) || line.starts_with("wrong")) some.push_back(line);
    }
    forget();
    return some;
  }

  using next_event = std::optional<supervision::event>;

  next_event perform(const supervision::start_child& start) {
    const std::string id = id_at(start.index);
    const outcome result = children.start(id);
    switch (result.how) {
      case outcome::kind::up:
        return supervision::child_up{children.born(id)};
      case outcome::kind::ignored:
        return supervision::child_ignored{};
      case outcome::kind::fails:
        return supervision::child_failed{result.why};
    }
    return std::nullopt;
  }

  next_event perform(const supervision::send_exit& exit) {
    children.note((exit.reason == reason::kill ? "kill " : "exit ") +
                  children.name_of(exit.process));
    told_ = exit.reason;
    return std::nullopt;
  }

  next_event perform(const supervision::await_exit& await) {
    allowance = await.at_most;
    if (std::exchange(overran_, false)) return supervision::child_gone{reason::killed};
    const habit manner = children.habit_of(children.name_of(await.process));
    const bool killed = told_ == reason::kill;
    if (!killed && manner.overruns) {
      overran_ = true;
      return supervision::child_overran{};
    }
    return supervision::child_gone{
        manner.ends_with.value_or(killed ? reason::killed : reason::shutdown)};
  }

  next_event perform(const supervision::retry& retry) {
    retries.push_back(retry.ticket);
    waits.push_back(retry.after);
    return std::nullopt;
  }

  next_event perform(const supervision::reply& reply) {
    children.note("reply " + text_of(reply.outcome));
    return std::nullopt;
  }

  next_event perform(const supervision::report& report) {
    last_report = report;
    children.note(text_of(report));
    return std::nullopt;
  }

  next_event perform(const supervision::finish& finish) {
    finished = finish.reason;
    children.note("finish " + finish.reason.to_string());
    return std::nullopt;
  }

  // The n-th child from the oldest.
  std::string id_at(std::size_t index) const {
    const auto newest_first = machine.which_children();
    return index < newest_first.size() ? newest_first[newest_first.size() - 1 - index].id
                                       : "nobody";
  }

  exit_reason told_;
  bool overran_ = false;

 public:
  nanoseconds allowance{0};
  std::optional<supervision::report> last_report;
};

using supervisor_driver = driver_of<otp::detail::supervisor_fsm>;

inline child_spec kid(std::string id, restart when = restart::permanent,
                      otp::shutdown_policy shutdown = {}) {
  return {
      .id = std::move(id), .start = [] { return pid{}; }, .restart = when, .shutdown = shutdown};
}

inline const otp::restart_intensity plenty{.max_restarts = 100, .within = 60s};

}  // namespace supervision_test
