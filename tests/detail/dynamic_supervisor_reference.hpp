// A second account of a dynamic supervisor's rules, independent of the first: a plain list of
// children; what the machine keeps in a hash table is searched for here.
#pragma once

#include "detail/dynamic_supervisor_world.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace supervision_test {

class dynamic_reference {
 public:
  dynamic_reference(std::size_t max_children, otp::restart_intensity intensity)
      : max_{max_children}, intensity_{intensity} {}

  struct kid {
    pid process;
    child_spec spec;
    bool restarting = false;
    std::optional<nanoseconds> deadline{};  // while the supervisor ends, until it is killed
  };
  std::vector<kid> kids;  // oldest first
  outcome next_start = up;
  habit next_habit;
  std::deque<pid> retries;
  nanoseconds now{0};
  lines trace;
  bool ending = false;

  std::string add(const child_spec& spec) {
    if (kids.size() >= max_) return "max_children";
    if (const auto process = start()) {
      kids.push_back({*process, spec.with_defaults()});
      return "ok";
    }
    return ignored_ ? "ignore" : failure_.to_string();
  }

  void exited(pid process, const exit_reason& why) {
    const auto it = find(process);
    if (it == kids.end() || it->restarting) return;
    if (ending) {
      report_unless_as_asked(*it, why);
      kids.erase(it);
      return finish_if_alone();
    }
    const bool permanent = it->spec.restart == restart::permanent;
    if (permanent || !why.is_orderly()) report("child_terminated", why, process);
    if (permanent || (it->spec.restart == restart::transient && !why.is_orderly())) {
      return again(*it);
    }
    kids.erase(it);
  }

  void retry() {
    const auto it = find(retries.front());
    retries.pop_front();
    if (it != kids.end()) again(*it);
  }

  bool terminate(pid process) {
    const auto it = find(process);
    if (it == kids.end()) return false;
    if (!it->restarting) {
      const bool brutal = tell(*it);
      exit_reason why = next_habit.ends_with.value_or(brutal ? reason::killed : reason::shutdown);
      if (!brutal && next_habit.overruns) {
        note("kill", process);
        why = reason::killed;
      }
      report_unless_as_asked(*it, why);
    }
    kids.erase(it);
    return true;
  }

  void stop() {
    ending = true;
    std::erase_if(kids, [](const kid& k) { return k.restarting; });
    for (kid& k : kids) {
      if (tell(k)) continue;
      const auto allowance = k.spec.shutdown.allowance();
      if (allowance != otp::infinity) k.deadline = now + allowance;
    }
    finish_if_alone();
  }

  // The next of the deadlines; infinity if there is none.
  nanoseconds awaits_until() const {
    nanoseconds next = otp::infinity;
    for (const kid& k : kids) next = std::min(next, k.deadline.value_or(otp::infinity));
    return next;
  }

  void time_is_up() {
    now = awaits_until();
    std::vector<pid> late;
    for (kid& k : kids) {
      if (k.deadline != now) continue;
      late.push_back(k.process);
      k.deadline.reset();
    }
    std::sort(late.begin(), late.end());
    for (const pid& process : late) note("kill", process);
  }

  otp::child_counts counts() const {
    otp::child_counts all;
    for (const kid& k : kids) {
      ++all.specs;
      all.active += k.restarting ? 0U : 1U;
      (k.spec.type == child_type::worker ? all.workers : all.supervisors) += 1;
    }
    return all;
  }

 private:
  std::vector<kid>::iterator find(pid process) {
    return std::find_if(kids.begin(), kids.end(),
                        [&](const kid& k) { return k.process == process; });
  }

  std::optional<pid> start() {
    const outcome planned = std::exchange(next_start, up);
    failure_ = planned.why;
    ignored_ = planned.how == outcome::kind::ignored;
    if (planned.how == outcome::kind::up) {
      const pid born{0, 0, ++last_serial_};
      note("start", born);
      return born;
    }
    trace.emplace_back(ignored_ ? "start ignored" : "start fails");
    return std::nullopt;
  }

  void again(kid& k) {
    const auto recent = std::count_if(history_.begin(), history_.end(), [&](nanoseconds then) {
      return now - then <= intensity_.within;
    });
    if (static_cast<std::uint64_t>(recent) >= intensity_.max_restarts) {
      report("shutdown", otp::reached_max_restart_intensity{}, k.process);
      kids.erase(find(k.process));
      return stop();
    }
    history_.push_back(now);
    const pid old = k.process;
    if (const auto process = start()) {
      k.process = *process;
      k.restarting = false;
    } else if (ignored_) {
      kids.erase(find(old));
    } else {
      report("start_error", failure_, old);
      k.restarting = true;
      retries.push_back(old);
    }
  }

  // Whether it is killed at once.
  bool tell(const kid& k) {
    const bool brutal = k.spec.shutdown.is_brutal_kill();
    note(brutal ? "kill" : "exit", k.process);
    return brutal;
  }

  void report_unless_as_asked(const kid& k, const exit_reason& why) {
    if (why.type() == exit_reason::kind::shutdown) return;
    if (k.spec.restart != restart::permanent && why == reason::normal) return;
    if (k.spec.shutdown.is_brutal_kill() && why == reason::killed) return;
    report("shutdown_error", why, k.process);
  }

  void finish_if_alone() {
    if (kids.empty()) trace.emplace_back("finish shutdown");
  }

  void note(const std::string& what, pid process) {
    trace.push_back(what + " " + dynamic_driver::name(process));
  }
  void report(const std::string& kind, const exit_reason& why, pid process) {
    note("report " + kind + "  " + why.to_string(), process);
  }

  std::size_t max_;
  otp::restart_intensity intensity_;
  std::vector<nanoseconds> history_;
  std::uint64_t last_serial_ = 0;
  exit_reason failure_;
  bool ignored_ = false;
};

}  // namespace supervision_test
