// A parent and its supervised children, for tests of supervisors. The children say in one story when they
// start and stop, in the order in which they do it.
#pragma once

#include "support/scenario.hpp"
#include <otp/child.hpp>
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace otp_test {

/// How a start of a kid goes.
struct start_plan {
  enum class kind { up, ignored, fails } how = kind::up;
  otp::exit_reason why{};
};
inline const start_plan comes_up{};
inline const start_plan is_ignored{start_plan::kind::ignored, {}};
inline start_plan fails_with(otp::exit_reason why) {
  return {start_plan::kind::fails, std::move(why)};
}

struct kid_is_up {
  std::string label;
  otp::pid process;
};

/// Belongs to the parent, whose process makes it. A handle: copies tell the same story.
class family {
 public:
  family() : parent_{otp::this_process::self()} { otp::this_process::trap_exit(true); }

  void say(const std::string& line) const {
    const std::lock_guard lock{state_->mutex};
    state_->story.push_back(line);
  }

  /// What was said since the last time, one line after the other.
  std::string told() const {
    const std::lock_guard lock{state_->mutex};
    return fmt::format("{}", fmt::join(std::exchange(state_->story, {}), ", "));
  }

  /// The next starts of a kid go like this; then it comes up.
  void plan(const std::string& label, std::deque<start_plan> starts) const {
    const std::lock_guard lock{state_->mutex};
    state_->plans[label] = std::move(starts);
  }
  start_plan next_start(const std::string& label) const {
    const std::lock_guard lock{state_->mutex};
    auto& starts = state_->plans[label];
    if (starts.empty()) return comes_up;
    auto next = starts.front();
    starts.pop_front();
    return next;
  }

  otp::pid parent() const { return parent_; }

 private:
  struct state {
    std::mutex mutex;
    std::vector<std::string> story;
    std::map<std::string, std::deque<start_plan>> plans;
  };
  std::shared_ptr<state> state_ = std::make_shared<state>();
  otp::pid parent_;
};

struct kid_manners {
  bool trap = true;
  std::function<void()> on_start{};  ///< In init, before it is up.
  std::function<void()> on_stop{};   ///< At the end of terminate.
};

/// A supervised server: says when it starts and stops, and tells the parent that it is up.
class kid : public otp::gen_server<kid> {
 public:
  struct end_with {
    otp::exit_reason why;
  };

  kid(family home, std::string label, kid_manners manners)
      : home_{std::move(home)}, label_{std::move(label)}, manners_{std::move(manners)} {
    if (manners_.trap) otp::this_process::trap_exit(true);
    const auto start = home_.next_start(label_);
    if (start.how == start_plan::kind::fails) {
      home_.say(label_ + " fails");
      otp::exit(start.why);
    }
    if (start.how == start_plan::kind::ignored) {
      home_.say(label_ + " ignored");
      otp::ignore();
    }
    if (manners_.on_start) manners_.on_start();
    home_.say(label_ + " starts");
    otp::send(home_.parent(), kid_is_up{label_, otp::this_process::self()});
  }

  otp::noreply handle_cast(end_with order) { return otp::stop(order.why); }

  void terminate(const otp::exit_reason& why) {
    home_.say(label_ + " stops: " + why.to_string());
    if (manners_.on_stop) manners_.on_stop();
  }

 private:
  family home_;
  std::string label_;
  kid_manners manners_;
};

inline otp::child_spec kid_spec(const family& home, const std::string& label,
                                kid_manners manners = {}) {
  return otp::child<kid>(home, label, std::move(manners)).with({.id = label});
}

inline std::vector<otp::child_spec> kids(const family& home, const std::string& labels) {
  std::vector<otp::child_spec> specs;
  for (const char label : labels) specs.push_back(kid_spec(home, std::string{label}));
  return specs;
}

/// Waits until a kid of that name is up that has not been waited for; its process.
class nursery {
 public:
  otp::pid up(const std::string& label) {
    for (;;) {
      for (auto it = heard_.begin(); it != heard_.end(); ++it) {
        if (it->label != label) continue;
        const auto process = it->process;
        heard_.erase(it);
        return process;
      }
      heard_.push_back(otp::receive([](kid_is_up k) { return k; }));
    }
  }

 private:
  std::deque<kid_is_up> heard_;
};

/// Asks a kid to stop itself.
inline void crash(const otp::pid& process, otp::exit_reason why = "boom"s) {
  otp::cast(otp::server_ref<kid>{process}, kid::end_with{std::move(why)});
}

/// The reason of the exit signal of `process`; waits for it.
inline std::string exit_heard(const otp::pid& process) {
  for (;;) {
    const auto message = otp::receive([](otp::exited e) { return e; });
    if (message.from == process) return message.reason.to_string();
  }
}

/// Looks again and again until it is so; gives up some day.
template <class Condition>
void until(Condition holds) {
  for (int looks = 0; !holds(); ++looks) {
    if (looks == 20'000) throw std::runtime_error{"what was waited for has not come"};
    otp::sleep(1ms);
  }
}

}  // namespace otp_test
