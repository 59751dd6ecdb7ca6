// What the scenarios of supervision share: children that tell what happens to them, and the
// questions to their supervisor.
//
//     kids born;                                       // main: traps exits, hears who is up
//     const auto sup = otp::start_link(otp::supervisor_spec{.children = {born.kid("child_a")}});
//     crash(born.up("child_a"), word("boom"));
#pragma once

#include "conformance/harness.hpp"
#include <otp/dynamic_supervisor.hpp>
#include <otp/gen_server.hpp>
#include <otp/supervisor.hpp>

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

/// What a child does when it is started for the first, second... time: nothing special, ignore, or
/// fail with a reason.
struct start_plan {
  enum class kind { ok, ignore, fail };
  kind what = kind::ok;
  otp::exit_reason why{};
};
inline start_plan fails(std::string_view why) { return {start_plan::kind::fail, word(why)}; }
inline start_plan ignored() { return {start_plan::kind::ignore, {}}; }

struct kid_options {
  bool trap = true;
  std::vector<start_plan> plan{};       ///< Beyond the list: ok.
  std::function<void()> before_stop{};  ///< Before it tells that it stops.
  std::function<void()> on_stop{};      ///< After that.
  otp::child_overrides spec{};
  bool significant = false;
};

struct is_up {
  std::string label;
  otp::pid process;
};

/// Prints "LABEL start" and "LABEL stop REASON".
class kid : public otp::gen_server<kid> {
 public:
  struct stop {
    otp::exit_reason why;
  };

  kid(std::string label, kid_options how, std::shared_ptr<std::size_t> starts, otp::pid main)
      : label_{std::move(label)}, how_{std::move(how)}, starts_{std::move(starts)}, main_{main} {
    otp::this_process::trap_exit(how_.trap);
  }
  void init() {
    const auto attempt = (*starts_)++;
    const auto plan = attempt < how_.plan.size() ? how_.plan[attempt] : start_plan{};
    if (plan.what == start_plan::kind::fail) {
      say("{} start_fails {}", label_, reason(plan.why));
      otp::exit(plan.why);
    }
    if (plan.what == start_plan::kind::ignore) {
      say("{} start_ignored", label_);
      otp::ignore();
    }
    say("{} start", label_);
    otp::send(main_, is_up{label_, otp::this_process::self()});
  }
  otp::noreply handle_cast(stop s) { return otp::stop(std::move(s.why)); }
  void handle_info(const otp::exited&) {}
  void terminate(const otp::exit_reason& why) {
    if (how_.before_stop) how_.before_stop();
    say("{} stop {}", label_, reason(why));
    if (how_.on_stop) how_.on_stop();
  }

 private:
  std::string label_;
  kid_options how_;
  std::shared_ptr<std::size_t> starts_;  // one supervisor starts it, one start after another
  otp::pid main_;
};

/// The children as main knows them.
class kids {
 public:
  kids() { otp::this_process::trap_exit(true); }

  /// The spec of a child with that id, which tells main when it is up.
  otp::child_spec operator()(std::string_view label, kid_options how = {}) const {
    const bool significant = how.significant;
    const auto overrides = how.spec;
    auto spec =
        otp::child<kid>(word(label), std::move(how), std::make_shared<std::size_t>(0), main_)
            .with(overrides);
    spec.id = word(label);
    spec.significant = significant;
    return spec;
  }
  /// Several, as they come by default.
  std::vector<otp::child_spec> all(std::initializer_list<std::string_view> labels) const {
    std::vector<otp::child_spec> specs;
    for (const auto label : labels) specs.push_back((*this)(label));
    return specs;
  }

  /// Starts it outside of any list, as a start function of a spec does.
  otp::result<otp::pid, otp::start_failure> start(std::string_view label) const {
    return (*this)(label).start();
  }

  /// Waits until the child has said that it is up.
  otp::pid up(std::string_view label) {
    const auto name = word(label);
    for (;;) {
      const auto known = std::find_if(heard_.begin(), heard_.end(),
                                      [&](const is_up& each) { return each.label == name; });
      if (known != heard_.end()) {
        const auto process = known->process;
        heard_.erase(known);
        return process;
      }
      heard_.push_back(await<is_up>());
    }
  }

 private:
  otp::pid main_ = otp::this_process::self();
  std::vector<is_up> heard_;
};

/// Asks a child to stop itself with `why`.
inline void crash(const otp::pid& child, otp::exit_reason why) {
  otp::cast(otp::server_ref<kid>{child}, kid::stop{std::move(why)});
}

/// Waits until `child`, linked to main, has ended, and returns why.
inline otp::exit_reason exit_heard(const otp::pid& child) {
  for (;;) {
    const auto heard = await<otp::exited>();
    if (heard.from == child) return heard.reason;
  }
}

/// Polls, for a state that nobody tells of.
template <class F>
void until(F&& is_so) {
  while (!is_so()) otp::sleep(2ms);
}

using tree = otp::server_ref<otp::supervisor>;

inline otp::pid process_of(const tree& sup, std::string_view label) {
  for (const auto& each : otp::which_children(sup)) {
    if (each.id == word(label)) return each.process;
  }
  return {};
}

inline std::string state_of(const tree& sup, std::string_view label) {
  for (const auto& each : otp::which_children(sup)) {
    if (each.id != word(label)) continue;
    if (each.state == otp::child_state::running) return "running";
    return each.state == otp::child_state::stopped ? "stopped" : "restarting";
  }
  return "removed";
}

template <class A>
std::string counts(const A& sup) {
  const auto n = otp::count_children(sup);
  return fmt::format("specs={} active={} supervisors={} workers={}", n.specs, n.active,
                     n.supervisors, n.workers);
}

/// For requests that a supervisor does not refuse here.
template <class Answer>
void must(const Answer& answer) {
  if (!answer) answer.error().raise();
}

/// Stops the supervisor with shutdown, and prints what main, its parent, hears.
template <class A>
void stop_and_tell(const A& sup) {
  otp::stop(sup, otp::reason::shutdown);
  say("sup exit {}", reason(exit_heard(sup.pid())));
}

inline std::string text(const otp::start_failure& failed) {
  return fmt::format("error({})", reason(failed.reason));
}

}  // namespace conformance
