// How a dynamic supervisor decides: the rules of supervisor_fsm.hpp for many children that come and
// go.
//
// What is different: a child has no id and no place in an order, it is known by its pid; a child
// that is not restarted is forgotten; only one_for_one makes sense, so a crash concerns one child;
// and at the end all children are told at once and awaited together, each with a deadline of its
// own (D-013).
//
// Whatever is visible goes by the order in which the children were first started, so that a seeded
// run repeats itself; nothing walks over the hash table.
#pragma once

#include <otp/child_info.hpp>
#include <otp/child_spec.hpp>
#include <otp/child_validation.hpp>
#include <otp/detail/restart_delay.hpp>
#include <otp/detail/restart_window.hpp>
#include <otp/detail/supervision.hpp>
#include <otp/detail/this_thread.hpp>
#include <otp/error.hpp>
#include <otp/exit_reason.hpp>
#include <otp/infinity.hpp>
#include <otp/pid.hpp>
#include <otp/result.hpp>
#include <otp/supervisor_spec.hpp>

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <list>
#include <span>
#include <utility>
#include <variant>
#include <vector>

// What can happen to a dynamic supervisor and what it can do, where that differs from
// `supervision`.
namespace otp::detail::dynamic {

// ---- events

struct stop {
  std::chrono::nanoseconds now;
};
struct deadline_passed {  // answers await_exits
  std::chrono::nanoseconds now;
};
struct retry_due {
  pid process;
  std::chrono::nanoseconds now;
};
struct terminate_child {
  pid process;
};

using event =
    std::variant<stop, deadline_passed, retry_due, terminate_child, supervision::add_child,
                 supervision::child_up, supervision::child_ignored, supervision::child_failed,
                 supervision::child_gone, supervision::child_overran, supervision::child_exited>;

// ---- actions

struct start_child {};  // takes time; call what current_start() gives
struct await_exits {    // takes time; until any process has exited, or the clock shows `until`
  std::chrono::nanoseconds until;
};
struct retry {  // post retry_due to the own mailbox, behind what is there by then (V-038)
  pid process;
  std::chrono::nanoseconds after{0};  // from now on; zero: at once (V-037)
};
struct started {  // the reply to add_child
  result<pid, start_failure> outcome;
};
struct terminated {  // the reply to terminate_child
  bool found;
};

using action =
    std::variant<start_child, supervision::await_exit, await_exits, supervision::send_exit, retry,
                 started, terminated, supervision::report, supervision::finish>;

}  // namespace otp::detail::dynamic

namespace otp::detail {

class dynamic_supervisor_fsm {
 public:
  // The settings have been found valid. `seed` is for the jitter of a backoff.
  dynamic_supervisor_fsm(std::size_t max_children, const restart_intensity& intensity,
                         const restart_backoff& backoff = {}, std::uint64_t seed = 0)
      : max_children_{max_children},
        window_{intensity.max_restarts, intensity.within},
        delays_{backoff, seed} {}

  // What to do now, in this order. Valid until the next call. At most one action takes time, the
  // last. What the machine keeps of the event is moved out of it: a start function may be large.
  std::span<const dynamic::action> decide(dynamic::event what) {
    actions_.clear();
    std::visit([this](auto& event) { on(event); }, what);
    return actions_;
  }

  // What an action start_child is about.
  const child_start& current_start() const { return current_->start; }

  // Newest first, as the other supervisor does it, though nobody promises it (D-015).
  std::vector<child_info> which_children() const {
    std::vector<child_info> infos;
    infos.reserve(children_.size());
    for (auto it = children_.rbegin(); it != children_.rend(); ++it) infos.push_back(info_of(*it));
    return infos;
  }

  child_counts count_children() const {
    return {children_.size(), running_, supervisors_, children_.size() - supervisors_};
  }

 private:
  struct child {
    child_start start;
    shutdown_policy shutdown;
    otp::restart restart;
    child_type type;
    child_state state = child_state::stopped;
    pid process{};  // the former one while restarting (D-011)
    restart_delay delay{};
  };
  using child_list = std::list<child, block_allocator<child>>;
  using position = child_list::iterator;

  enum class task : std::uint8_t { none, add, restart, terminate, finish };

  struct deadline {
    std::chrono::nanoseconds when;
    pid process;

    auto operator<=>(const deadline&) const = default;
  };

  // ---- requests

  void on(supervision::add_child& request) {
    if (const auto valid = validate(std::span{&request.spec, 1}, child_id::optional, auto_shutdown::never); !valid) {
      return refuse(exit_reason{valid.error()});
    }
    // Restarts never look at the limit: their children have a place already (D-006).
    if (children_.size() >= max_children_) return refuse(refusal::max_children);
    child_spec spec = std::move(request.spec).with_defaults();
    children_.push_back({.start = std::move(spec.start),
                         .shutdown = spec.shutdown,
                         .restart = spec.restart,
                         .type = spec.type});
    if (spec.type == child_type::supervisor) ++supervisors_;
    start(task::add, std::prev(children_.end()));
  }

  void on(const dynamic::terminate_child& request) {
    const auto found = by_pid_.find(request.process);
    if (found == by_pid_.end()) return act(dynamic::terminated{false});
    current_ = found->second;
    if (current_->state == child_state::restarting) {  // nothing to stop, only to forget (D-009)
      forget(current_);
      return act(dynamic::terminated{true});
    }
    task_ = task::terminate;
    tell(*current_);
    act(supervision::await_exit{current_->process, current_->shutdown.is_brutal_kill()
                                                       ? infinity
                                                       : current_->shutdown.allowance()});
  }

  void on(const supervision::child_overran&) {
    act(supervision::send_exit{current_->process, reason::kill});
    act(supervision::await_exit{current_->process, infinity});
  }

  void on(const supervision::child_gone& gone) {
    task_ = task::none;
    stopped(current_, gone.reason);
    act(dynamic::terminated{true});
  }

  // ---- the end of a child

  void on(const supervision::child_exited& exited) {
    const auto found = by_pid_.find(exited.process);
    const bool is_child = found != by_pid_.end() && found->second->state == child_state::running;
    if (task_ == task::finish) {
      if (is_child) stopped(found->second, exited.reason);
      return await_the_others();
    }
    if (!is_child) return;  // a stranger, or one that has been dealt with
    const position ended = found->second;
    if (ended->restart == restart::permanent || !exited.reason.is_orderly()) {
      report(supervision::report_kind::child_terminated, *ended, exited.reason);
    }
    if (wants_restart(ended->restart, exited.reason)) {
      delays_.are_none() ? restart_child(ended, exited.now) : put_off(ended, exited.now);
    } else {
      forget(ended);  // D-010
    }
  }

  // If the child has been terminated meanwhile, its pid is not known any more.
  void on(const dynamic::retry_due& retry) {
    if (const auto found = by_pid_.find(retry.process); found != by_pid_.end()) {
      restart_child(found->second, retry.now);
    }
  }

  void put_off(position which, std::chrono::nanoseconds now) {
    const auto wait = delays_.after_end(which->delay, now);
    if (!window_.allows(now, wait)) return give_up(which, now);
    set_state(*which, child_state::restarting);
    act(dynamic::retry{which->process, wait});
  }

  void restart_child(position which, std::chrono::nanoseconds now) {
    if (!window_.record(now)) return give_up(which, now);
    which->delay.since = now;
    set_state(*which, child_state::restarting);
    start(task::restart, which);
  }

  // D-012.
  void give_up(position which, std::chrono::nanoseconds now) {
    report(supervision::report_kind::shutdown, *which, reached_max_restart_intensity{});
    forget(which);
    finish(now);
  }

  // ---- starting

  void start(task why, position which) {
    task_ = why;
    current_ = which;
    act(dynamic::start_child{});
  }

  void on(const supervision::child_up& up) {
    assert(task_ == task::add || task_ == task::restart);
    if (task_ == task::restart) by_pid_.erase(current_->process);
    by_pid_.emplace(up.process, current_);
    current_->process = up.process;
    set_state(*current_, child_state::running);
    if (task_ == task::add) act(dynamic::started{up.process});
    task_ = task::none;
  }

  // No process, no child: also at a restart (D-002, D-010).
  void on(const supervision::child_ignored&) {
    if (task_ == task::add) act(dynamic::started{failure{start_failure{{}, true}}});
    forget(current_);
    task_ = task::none;
  }

  void on(const supervision::child_failed& failed) {
    if (task_ == task::add) {
      refuse(failed.reason);
      forget(current_);
    } else {  // D-011
      report(supervision::report_kind::start_error, *current_, failed.reason);
      act(dynamic::retry{current_->process, delays_.next(current_->delay)});
    }
    task_ = task::none;
  }

  // ---- the end of the supervisor

  void on(const dynamic::stop& stop) { finish(stop.now); }

  void finish(std::chrono::nanoseconds now) {
    task_ = task::finish;
    deadlines_.clear();
    for (position it = children_.begin(); it != children_.end();) {
      const position each = it++;
      if (each->state != child_state::running) {
        forget(each);
        continue;
      }
      tell(*each);
      const auto allowance = each->shutdown.allowance();
      if (!each->shutdown.is_brutal_kill() && allowance < infinity - now) {
        deadlines_.push_back({now + allowance, each->process});
      }
    }
    // The earliest last, where it is taken from.
    std::sort(deadlines_.begin(), deadlines_.end(), std::greater<>{});
    await_the_others();
  }

  void on(const dynamic::deadline_passed& passed) {
    for (; !deadlines_.empty() && deadlines_.back().when <= passed.now; deadlines_.pop_back()) {
      if (by_pid_.contains(deadlines_.back().process)) {
        act(supervision::send_exit{deadlines_.back().process, reason::kill});
      }
    }
    await_the_others();
  }

  void await_the_others() {
    if (children_.empty()) return act(supervision::finish{reason::shutdown});
    while (!deadlines_.empty() && !by_pid_.contains(deadlines_.back().process)) {
      deadlines_.pop_back();
    }
    act(dynamic::await_exits{deadlines_.empty() ? infinity : deadlines_.back().when});
  }

  // ---- small things

  void tell(const child& which) {
    const bool brutal = which.shutdown.is_brutal_kill();
    act(supervision::send_exit{which.process,
                               brutal ? exit_reason{reason::kill} : reason::shutdown});
  }

  void stopped(position which, const exit_reason& why) {
    const bool killed_as_asked = which->shutdown.is_brutal_kill() && why == reason::killed;
    const bool orderly = why.type() == exit_reason::kind::shutdown ||
                         (why.is_normal() && which->restart != restart::permanent);
    if (!killed_as_asked && !orderly) {  // D-014
      report(supervision::report_kind::shutdown_error, *which, why);
    }
    forget(which);
  }

  void set_state(child& which, child_state state) {
    if (which.state == child_state::running) --running_;
    which.state = state;
    if (which.state == child_state::running) ++running_;
  }

  void forget(position which) {
    set_state(*which, child_state::stopped);
    if (which->type == child_type::supervisor) --supervisors_;
    by_pid_.erase(which->process);
    children_.erase(which);
  }

  template <class Action>
  void act(Action what) {
    actions_.emplace_back(std::move(what));
  }

  void refuse(exit_reason why) {
    act(dynamic::started{failure{start_failure{std::move(why), false}}});
  }

  void report(supervision::report_kind kind, const child& about, exit_reason why) {
    act(supervision::report{kind, std::move(why), info_of(about)});
  }

  static child_info info_of(const child& of) {
    return {{}, of.process, of.state, of.type, of.restart, of.shutdown};
  }

  std::size_t max_children_;
  restart_window window_;
  restart_delays delays_;

  child_list children_;  // in start order, which a restart does not change
  boost::unordered_flat_map<pid, position, std::hash<pid>> by_pid_;  // running or restarting
  std::size_t running_ = 0;
  std::size_t supervisors_ = 0;

  task task_ = task::none;
  position current_{};  // whom the pending action is about, unless all are being stopped
  std::vector<deadline> deadlines_;

  std::vector<dynamic::action> actions_;
};

}  // namespace otp::detail
