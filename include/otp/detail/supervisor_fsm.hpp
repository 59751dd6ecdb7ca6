// How a supervisor decides. Everything that OTP's supervisor does is here as a pure state machine:
// it is told what happened (an event) and answers what to do (a list of actions). It reads no
// clock, starts no process and waits for nothing, so every rule can be tested by a table.
//
// A supervisor does one thing at a time: it starts children one after the other in the order of
// their list, and stops them one after the other in reverse. So the machine is a cursor that walks
// over a range of the list:
//
//     a crash    ->  which children? affected()   ->  stop_next() down the range  ->  start_next()
//     up it
//
// With a restart_backoff the walk up begins later: the child is `restarting` until its ticket is due,
// and then the range is walked down and up again, as after a restart that has failed.
//
// Two actions take time, `start_child` and `await_exit`. They are always the last of their list,
// and what comes of them is the next event. While one is pending nothing else is decided: exits and
// requests wait in the mailbox, as in OTP.
#pragma once

#include <otp/child_info.hpp>
#include <otp/child_spec.hpp>
#include <otp/child_validation.hpp>
#include <otp/detail/restart_delay.hpp>
#include <otp/detail/restart_window.hpp>
#include <otp/detail/supervised_child.hpp>
#include <otp/detail/supervision.hpp>
#include <otp/exit_reason.hpp>
#include <otp/failed_to_start_child.hpp>
#include <otp/pid.hpp>
#include <otp/supervisor_spec.hpp>

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace otp::detail {

class supervisor_fsm {
 public:
  // The specs have been found valid. `seed` is for the jitter of a backoff.
  explicit supervisor_fsm(const supervisor_spec& of, std::uint64_t seed = 0)
      : strategy_{of.strategy},
        auto_shutdown_{of.auto_shutdown},
        window_{of.intensity.max_restarts, of.intensity.within},
        delays_{of.backoff, seed} {
    children_.reserve(of.children.size());
    for (const child_spec& spec : of.children) children_.push_back({.spec = spec.with_defaults()});
  }

  // What to do now, in this order. Valid until the next call.
  std::span<const supervision::action> decide(const supervision::event& what) {
    actions_.clear();
    std::visit([this](const auto& event) { on(event); }, what);
    return actions_;
  }

  // What an action start_child refers to.
  const child_start& start_of(std::size_t index) const { return children_[index].spec.start; }

  std::vector<child_info> which_children() const { return list_children(children_); }

  child_counts count_children() const { return detail::count_children(children_); }

  // The spec as it is kept, with its defaults; null if there is no such child (V-070).
  const child_spec* find_spec(std::string_view id) const {
    const auto index = index_of(id);
    return index ? &children_[*index].spec : nullptr;
  }

 private:
  using child = supervised_child;

  // What the walk over [first_, last_) is for.
  enum class task : std::uint8_t { none, boot, put_off, restart, add, revive, terminate, finish };

  // ---- starting and ending as a whole

  void on(const supervision::boot&) { start_range(task::boot, {0, children_.size()}); }

  // Also in the midst of something else, should that have been given up: what runs is stopped.
  void on(const supervision::stop&) { finish(reason::shutdown); }

  void finish(exit_reason why) {
    finish_reason_ = std::move(why);
    stop_range(task::finish, {0, children_.size()});
  }

  // ---- the end of a child

  void on(const supervision::child_exited& exited) {
    // Nobody's, or a child's that has been dealt with (V-033, V-041).
    const auto index = index_of(exited.process);
    if (!index) return;
    const child& ended = children_[*index];
    if (ended.spec.restart == restart::permanent || !exited.reason.is_orderly()) {
      report(supervision::report_kind::child_terminated, ended, exited.reason);
    }
    if (wants_restart(ended.spec.restart, exited.reason)) {
      delays_.are_none() ? restart_from(*index, exited.now) : put_off(*index, exited.now);
    } else {
      const bool last_word = ends_supervisor(ended);
      leave_stopped(*index);  // disturbs nobody, under any strategy (V-031)
      if (last_word) finish(reason::shutdown);
    }
  }

  // V-076, V-077. Children that were terminated do not count as alive (V-078).
  bool ends_supervisor(const child& ended) const {
    const auto holds = [&](const child& other) {
      return &other != &ended && other.spec.significant && other.state != child_state::stopped;
    };
    return ended.spec.significant && (auto_shutdown_ == auto_shutdown::any_significant ||
                                      std::none_of(children_.begin(), children_.end(), holds));
  }

  // The wait begins now, and takes no account of how long the others take to stop.
  void put_off(std::size_t index, std::chrono::nanoseconds now) {
    child& ended = children_[index];
    const auto wait = delays_.after_end(ended.delay, now);
    if (!window_.allows(now, wait)) return give_up(index);
    try_again(ended, wait);
    leave_stopped(index);
    stop_range(task::put_off, affected(strategy_, index, children_.size()));
  }

  void try_again(child& which, std::chrono::nanoseconds wait) {
    latest_ticket_ = supervision::retry_ticket{static_cast<std::uint64_t>(latest_ticket_) + 1};
    which.retry = latest_ticket_;
    act(supervision::retry{which.retry, wait});
  }

  // Only the latest attempt counts: the child may have been terminated, or come up with its group.
  void on(const supervision::retry_due& retry) {
    const auto index = index_of(retry.ticket);
    if (!index || children_[*index].state != child_state::restarting) return;
    restart_from(*index, retry.now);
  }

  // Each attempt uses the budget once, however many children it restarts (V-046, V-047).
  void restart_from(std::size_t index, std::chrono::nanoseconds now) {
    if (!window_.record(now)) return give_up(index);
    children_[index].delay.since = now;
    leave_stopped(index);
    stop_range(task::restart, affected(strategy_, index, children_.size()));
  }

  // V-044.
  void give_up(std::size_t index) {
    report(supervision::report_kind::shutdown, children_[index], reached_max_restart_intensity{});
    leave_stopped(index);
    finish(reason::shutdown);
  }

  // ---- stopping, in reverse order

  void stop_range(task why, child_range range) {
    task_ = why;
    first_ = range.first;
    last_ = cursor_ = range.last;
    stop_next();
  }

  void stop_next() {
    while (cursor_ != first_) {
      --cursor_;
      const child& next = children_[cursor_];
      if (next.state == child_state::running) return ask_to_stop(next);
      leave_stopped(cursor_);  // it may have been restarting: that ends here
    }
    switch (task_) {
      case task::restart:
        return start_next();  // the cursor is at the first again
      case task::put_off:
        children_[*index_of(latest_ticket_)].state = child_state::restarting;
        break;
      case task::terminate:
        reply(pid{});
        break;
      case task::finish:
        act(supervision::finish{finish_reason_});
        break;
      default:
        break;
    }
    task_ = task::none;
  }

  void ask_to_stop(const child& which) {
    const shutdown_policy how = which.spec.shutdown;
    if (how.is_brutal_kill()) return kill(which.process);
    act(supervision::send_exit{which.process, reason::shutdown});
    act(supervision::await_exit{which.process, how.allowance()});
  }

  void kill(pid process) {
    act(supervision::send_exit{process, reason::kill});
    act(supervision::await_exit{process, infinity});
  }

  void on(const supervision::child_overran&) { kill(current().process); }

  void on(const supervision::child_gone& gone) {
    if (!stopped_as_asked(current().spec, gone.reason)) {
      report(supervision::report_kind::shutdown_error, current(), gone.reason);
    }
    leave_stopped(cursor_);
    stop_next();
  }

  // A child without a process keeps its spec, unless it is temporary (V-022, V-024, V-030).
  void leave_stopped(std::size_t index) {
    if (children_[index].spec.restart == restart::temporary) {
      remove(index);
    } else {
      children_[index].process = {};
      children_[index].state = child_state::stopped;
    }
  }

  void remove(std::size_t index) {
    children_.erase(children_.begin() + static_cast<std::ptrdiff_t>(index));
    if (last_ > index) --last_;  // the walk goes on over what is left
  }

  // ---- starting, in order

  void start_range(task why, child_range range) {
    task_ = why;
    first_ = cursor_ = range.first;
    last_ = range.last;
    start_next();
  }

  void start_next() {
    if (cursor_ != last_) return act(supervision::start_child{cursor_});
    task_ = task::none;
  }

  void on(const supervision::child_up& up) {
    current().process = up.process;
    current().state = child_state::running;
    report(supervision::report_kind::progress, current(), {});
    if (answers_a_call()) reply(up.process);
    ++cursor_;
    start_next();
  }

  // A success without a process (V-016, V-035).
  void on(const supervision::child_ignored&) {
    const std::size_t before = children_.size();
    leave_stopped(cursor_);
    if (children_.size() == before) ++cursor_;
    if (answers_a_call()) reply(pid{});
    start_next();
  }

  void on(const supervision::child_failed& failed) {
    child& unlucky = current();
    switch (task_) {
      case task::boot:  // roll back (V-013)
        report(supervision::report_kind::start_error, unlucky, failed.reason);
        return finish(reason::shutdown(failed_to_start_child{unlucky.spec.id, failed.reason}));
      case task::restart:
        // What already came up stays. The retry begins at this child and, unless the strategy is
        // one_for_one, takes those after it along, or all (V-036 to V-040).
        report(supervision::report_kind::start_error, unlucky, failed.reason);
        unlucky.state = child_state::restarting;
        try_again(unlucky, delays_.next(unlucky.delay));
        break;
      case task::add:
        refuse(refusal::start_failed, unlucky, failed.reason);
        remove(cursor_);
        break;
      default:  // revive: it stays stopped (V-066)
        refuse(refusal::start_failed, unlucky, failed.reason);
        break;
    }
    task_ = task::none;
  }

  bool answers_a_call() const { return task_ == task::add || task_ == task::revive; }

  // ---- requests at run time

  void on(const supervision::add_child& request) {
    if (const auto valid = validate(request.spec, auto_shutdown_); !valid) {
      return act(supervision::reply{
          failure{child_error{refusal::invalid_spec, request.spec.id, {}, valid.error()}}});
    }
    if (const auto index = index_of(request.spec.id)) {
      const child& present = children_[*index];
      return refuse(present.state == child_state::running ? refusal::already_started
                                                          : refusal::already_present,
                    present);
    }
    children_.push_back({.spec = request.spec.with_defaults()});
    start_range(task::add, {children_.size() - 1, children_.size()});
  }

  void on(const supervision::terminate_child& request) {
    const auto index = index_of(request.id);
    if (!index) return refuse_unknown(request.id);
    stop_range(task::terminate, {*index, *index + 1});
  }

  void on(const supervision::restart_child& request) {
    const auto index = index_of(request.id);
    if (!index) return refuse_unknown(request.id);
    if (refuse_unless_stopped(children_[*index])) return;
    start_range(task::revive, {*index, *index + 1});  // not counted (V-047)
  }

  void on(const supervision::delete_child& request) {
    const auto index = index_of(request.id);
    if (!index) return refuse_unknown(request.id);
    if (refuse_unless_stopped(children_[*index])) return;
    remove(*index);
    reply(pid{});
  }

  bool refuse_unless_stopped(const child& which) {
    if (which.state == child_state::stopped) return false;
    refuse(which.state == child_state::running ? refusal::running : refusal::restarting, which);
    return true;
  }

  void refuse(refusal what, const child& which, exit_reason why = {}) {
    act(supervision::reply{
        failure{child_error{what, which.spec.id, which.process, std::move(why)}}});
  }

  void refuse_unknown(std::string_view id) {
    act(supervision::reply{failure{child_error{refusal::not_found, std::string{id}, {}, {}}}});
  }

  // ---- small things

  // The child that the pending action is about.
  child& current() {
    assert(task_ != task::none && cursor_ < last_);
    return children_[cursor_];
  }

  template <class Action>
  void act(Action what) {
    actions_.emplace_back(std::move(what));
  }

  void reply(pid process) { act(supervision::reply{process}); }

  void report(supervision::report_kind kind, const child& about, exit_reason why) {
    act(supervision::report{kind, std::move(why), about.info()});
  }

  std::optional<std::size_t> index_of(std::string_view id) const {
    return find_child(children_, [&](const child& each) { return each.spec.id == id; });
  }

  std::optional<std::size_t> index_of(pid process) const {
    return find_child(children_, [&](const child& each) {
      return each.state == child_state::running && each.process == process;
    });
  }

  std::optional<std::size_t> index_of(supervision::retry_ticket ticket) const {
    return find_child(children_, [&](const child& each) { return each.retry == ticket; });
  }

  strategy strategy_;
  auto_shutdown auto_shutdown_;
  restart_window window_;
  restart_delays delays_;
  std::vector<child> children_;  // in start order, which a restart does not change (V-028)

  task task_ = task::none;
  std::size_t first_ = 0;  // the range that the task is about
  std::size_t last_ = 0;
  std::size_t cursor_ = 0;  // the child that is being started or stopped
  exit_reason finish_reason_;
  supervision::retry_ticket latest_ticket_{0};

  std::vector<supervision::action>
      actions_;  // kept, so that deciding allocates nothing in the long run
};

}  // namespace otp::detail
