// How the application controller decides. A pure state machine: it is told what happened and answers
// what to do; it starts no process and waits for nothing.
//
//                  start              started
//        loaded ----------> starting ----------> running
//          ^  ^               | failed              | stop, or it ends by itself
//          |  +---------------+                     v
//          +------------------------------------ stopping
//                             ended
//
// ensure_all_started is a plan: a stack of names. The topmost is started; if it lacks another one,
// that goes on top; if it fails, what the plan has started is stopped again, the newest first
// (L-004, L-005). What is asked about an application while it stops waits until it has stopped.
#pragma once

#include <otp/application_error.hpp>
#include <otp/child_spec.hpp>
#include <otp/detail/application_control.hpp>
#include <otp/exit_reason.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace otp::detail {

class application_fsm {
 public:
  // What to do now, in this order. Valid until the next call.
  std::span<const application_control::action> decide(application_control::event what) {
    actions_.clear();
    std::visit([this](auto& event) { on(std::move(event)); }, what);
    return actions_;
  }

  bool is_loaded(std::string_view name) const { return applications_.contains(name); }
  bool is_running(std::string_view name) const {
    return std::find(running_.begin(), running_.end(), name) != running_.end();
  }
  // In the order of their start (L-024). One that stops counts until it has stopped.
  const std::vector<std::string>& running() const noexcept { return running_; }
  // By name.
  std::vector<std::string> loaded() const {
    std::vector<std::string> names;
    for (const auto& [name, app] : applications_) names.push_back(name);
    return names;
  }
  // Whose end is awaited now.
  std::vector<std::string> stopping() const {
    std::vector<std::string> names;
    for (const auto& [name, app] : applications_) {
      if (app.state == phase::stopping) names.push_back(name);
    }
    return names;
  }

 private:
  using refusal = application_refusal;
  using answer = application_control::answer;

  struct plan;
  // Who hears how a start or stop went: a caller, or a plan that goes on.
  using listener = std::variant<application_control::ticket, plan*>;

  // What is asked about an application that stops: a request, or a start for a plan.
  struct wanted_start {
    plan* who;
    restart type;
  };
  using later = std::variant<application_control::event, wanted_start>;

  enum class phase : std::uint8_t { loaded, starting, running, stopping };

  struct application {
    std::vector<std::string> needs;
    std::vector<std::string> optional;
    phase state = phase::loaded;
    restart type = restart::temporary;
    std::vector<listener> listeners{};  // of the start or stop under way
    std::vector<later> postponed{};     // until it has stopped
  };

  // One ensure_all_started.
  struct plan {
    application_control::ticket who;
    restart type;
    std::vector<std::string> stack;
    std::vector<std::string> started{};
    std::optional<application_error> failure{};  // set: what was started is stopped again
  };

  using applications = std::map<std::string, application, std::less<>>;

  // ---- loading

  void on(application_control::load wanted) {
    if (applications_.contains(wanted.name)) {
      return tell(wanted.who, refused(refusal::already_loaded, wanted.name));
    }
    applications_.emplace(wanted.name, application{.needs = std::move(wanted.needs),
                                                   .optional = std::move(wanted.optional)});
    tell(wanted.who, answer{});
  }

  void on(application_control::unload wanted) {
    const auto at = applications_.find(wanted.name);
    if (at == applications_.end()) {
      return tell(wanted.who, refused(refusal::not_loaded, wanted.name));
    }
    if (at->second.state == phase::stopping) {
      at->second.postponed.emplace_back(application_control::event{std::move(wanted)});
      return;
    }
    if (at->second.state != phase::loaded) {
      return tell(wanted.who, refused(refusal::running, wanted.name));
    }
    applications_.erase(at);
    tell(wanted.who, answer{});
  }

  // ---- starting

  void on(application_control::start wanted) { begin(wanted.name, wanted.type, wanted.who); }

  // Starts it, and tells `who` when that has come to its end (L-001 to L-003, L-006).
  void begin(const std::string& name, restart type, listener who) {
    if (going_down_) return tell(who, refused(refusal::stopping, name));
    const auto at = applications_.find(name);
    if (at == applications_.end()) return tell(who, refused(refusal::not_loaded, name));
    application& app = at->second;
    switch (app.state) {
      case phase::running:
        return tell(who, refused(refusal::already_started, name));
      case phase::starting:
        return app.listeners.push_back(who);
      case phase::stopping:
        if (const auto* const caller = std::get_if<application_control::ticket>(&who)) {
          app.postponed.emplace_back(
              application_control::event{application_control::start{*caller, name, type}});
        } else {
          app.postponed.emplace_back(wanted_start{std::get<plan*>(who), type});
        }
        return;
      case phase::loaded:
        break;
    }
    if (const auto* const missing = first_missing(app)) {
      return tell(who, refused(refusal::not_started, *missing));
    }
    app.state = phase::starting;
    app.type = type;
    app.listeners.push_back(who);
    act(application_control::start_application{name});
  }

  const std::string* first_missing(const application& app) const {
    for (const auto& need : app.needs) {
      if (!is_up(need)) return &need;
    }
    for (const auto& need : app.optional) {
      if (is_loaded(need) && !is_up(need)) return &need;
    }
    return nullptr;
  }

  bool is_up(const std::string& name) const {
    const auto at = applications_.find(name);
    return at != applications_.end() && at->second.state == phase::running;
  }

  void on(application_control::started up) {
    application& app = applications_.at(up.name);
    app.state = phase::running;
    running_.push_back(up.name);
    tell_all(app, answer{});
    if (going_down_) stop_newest();
  }

  void on(application_control::failed failed) {
    const auto& name = failed.why.application;
    application& app = applications_.at(name);
    app.state = phase::loaded;
    const auto type = app.type;
    tell_all(app, failure{failed.why});
    if (type != restart::temporary) go_down(name, failed.why);  // L-022
    if (going_down_) stop_newest();
  }

  // ---- starting with all that is needed

  void on(application_control::ensure_all_started wanted) {
    plan& made = plans_.emplace_back(plan{wanted.who, wanted.type, {wanted.name}});
    go_on(made);
  }

  void go_on(plan& made) {
    if (made.failure) return roll_back(made);
    if (made.stack.empty()) {
      auto started = std::move(made.started);
      return end(made, std::move(started));
    }
    begin(std::string{made.stack.back()}, made.type, &made);
  }

  // The start or stop that the plan has asked for has come to its end.
  void hear(plan& made, const answer& how) {
    if (made.failure) {
      made.started.pop_back();
      return roll_back(made);
    }
    if (how) {
      made.started.push_back(std::move(made.stack.back()));
      made.stack.pop_back();
      return go_on(made);
    }
    const application_error& why = how.error();
    if (why.what == refusal::already_started) {
      made.stack.pop_back();
      return go_on(made);
    }
    if (why.what == refusal::not_started) return add(made, why.application);
    made.failure = why;
    roll_back(made);
  }

  // L-008: OTP would never return.
  void add(plan& made, const std::string& need) {
    const auto first = std::find(made.stack.begin(), made.stack.end(), need);
    if (first == made.stack.end()) {
      made.stack.push_back(need);
      return go_on(made);
    }
    application_error why{.what = refusal::needs_itself, .application = need};
    why.way.assign(first, made.stack.end());
    why.way.push_back(need);
    made.failure = std::move(why);
    roll_back(made);
  }

  void roll_back(plan& made) {
    if (going_down_) made.started.clear();  // they stop anyway, in the order of all
    if (made.started.empty()) {
      auto why = *std::move(made.failure);
      return end(made, failure{std::move(why)});
    }
    halt(std::string{made.started.back()}, &made);
  }

  void end(plan& made, answer how) {
    const auto who = made.who;
    plans_.remove_if([&](const plan& each) { return &each == &made; });
    tell(who, std::move(how));
  }

  // ---- stopping

  void on(application_control::stop wanted) { halt(wanted.name, wanted.who); }

  void halt(const std::string& name, listener who) {
    const auto at = applications_.find(name);
    if (at != applications_.end() && at->second.state == phase::stopping) {
      // A plan hears that it has stopped; a caller is refused then, as in OTP.
      if (const auto* const caller = std::get_if<application_control::ticket>(&who)) {
        at->second.postponed.emplace_back(
            application_control::event{application_control::stop{*caller, name}});
      } else {
        at->second.listeners.push_back(who);
      }
      return;
    }
    if (!is_up(name)) return tell(who, refused(refusal::not_started, name));  // L-015
    at->second.listeners.push_back(who);
    begin_stop(name, at->second);
  }

  void begin_stop(const std::string& name, application& app) {
    app.state = phase::stopping;
    app.type = restart::temporary;  // asked for, so it takes nobody along (L-020)
    act(application_control::stop_application{name});
  }

  void on(application_control::ended gone) {
    application& app = applications_.at(gone.name);
    const bool takes_node = app.type == restart::permanent ||
                            (app.type == restart::transient && !gone.why.is_normal());
    app.state = phase::loaded;
    std::erase(running_, gone.name);
    tell_all(app, answer{});
    auto postponed = std::exchange(app.postponed, {});
    if (takes_node) go_down(gone.name, gone.why);  // L-020
    for (auto& each : postponed) {
      if (const auto* const start = std::get_if<wanted_start>(&each)) {
        begin(gone.name, start->type, start->who);
      } else {
        std::visit([this](auto& event) { on(std::move(event)); },
                   std::get<application_control::event>(each));
      }
    }
    if (going_down_) stop_newest();
  }

  // ---- all of them

  void on(application_control::stop_all wanted) {
    all_stopped_.push_back(wanted.who);
    going_down_ = true;
    stop_newest();
  }

  void go_down(const std::string& name, exit_reason why) {
    if (!culprit_) culprit_ = application_control::node_down{name, std::move(why)};
    going_down_ = true;
  }

  // One after the other, each completely before the next (L-023); those that are starting first.
  void stop_newest() {
    for (auto& [name, app] : applications_) {
      if (app.state == phase::starting || app.state == phase::stopping) return;
    }
    if (!running_.empty()) {
      return begin_stop(std::string{running_.back()}, applications_.at(running_.back()));
    }
    going_down_ = false;
    for (const auto who : std::exchange(all_stopped_, {})) tell(who, answer{});
    if (auto down = std::exchange(culprit_, {})) act(*std::move(down));
  }

  // ---- answers

  static failure<application_error> refused(refusal what, const std::string& name) {
    return {application_error{.what = what, .application = name}};
  }

  void tell(listener who, answer how) {
    if (const auto* const caller = std::get_if<application_control::ticket>(&who)) {
      return act(application_control::reply{*caller, std::move(how)});
    }
    hear(*std::get<plan*>(who), how);
  }

  void tell_all(application& app, const answer& how) {
    for (const auto who : std::exchange(app.listeners, {})) tell(who, how);
  }

  void act(application_control::action what) { actions_.push_back(std::move(what)); }

  applications applications_;
  std::vector<std::string> running_;
  std::list<plan> plans_;
  bool going_down_ = false;
  std::vector<application_control::ticket> all_stopped_;
  std::optional<application_control::node_down> culprit_;
  std::vector<application_control::action> actions_;
};

}  // namespace otp::detail
