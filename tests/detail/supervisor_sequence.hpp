// The life of a supervisor as data: how it is set up and what happens to it, one event after the
// other. Drawn at random from a seed, made smaller, and written down for people.
#pragma once

#include "detail/supervisor_chances.hpp"
#include "detail/supervisor_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace supervision_test {

// What one event is, and how it goes on: the starts and stops that it leads to.
struct step {
  enum class kind : std::uint8_t {
    boot,
    start_child,
    terminate_child,
    restart_child,
    delete_child,
    exit,
    retry,
    time,
    stop
  };

  kind what = kind::boot;
  child_spec child{};      // start_child: what is added; else only its id counts
  std::size_t former = 0;  // exit: 0 for the child's latest process, n for the n-th before it
  exit_reason why{};       // exit
  nanoseconds passed{0};   // time
  std::vector<outcome> starts{};  // those that are not listed come up
  std::vector<habit> stops{};     // those that are not listed end as they are told

  static const char* name(kind what) {
    switch (what) {
      case kind::boot:
        return "boot";
      case kind::start_child:
        return "start_child";
      case kind::terminate_child:
        return "terminate_child";
      case kind::restart_child:
        return "restart_child";
      case kind::delete_child:
        return "delete_child";
      case kind::exit:
        return "exit";
      case kind::retry:
        return "retry";
      case kind::time:
        return "time passes";
      case kind::stop:
        return "stop";
    }
    return "?";
  }
};

inline std::string text_of(const step& what) {
  std::string text = step::name(what.what);
  switch (what.what) {
    case step::kind::start_child:
      text += " " + text_of(what.child);
      break;
    case step::kind::terminate_child:
    case step::kind::restart_child:
    case step::kind::delete_child:
      text += " " + what.child.id;
      break;
    case step::kind::exit:
      text = what.former == 0
                 ? fmt::format("exit: {} ends with {}", what.child.id, what.why)
                 : fmt::format(
                       "late exit: the process of {} that was {} before the latest ended "
                       "with {}",
                       what.child.id, what.former, what.why);
      break;
    case step::kind::time:
      text = fmt::format("{} ns pass", what.passed.count());
      break;
    case step::kind::boot:
    case step::kind::retry:
    case step::kind::stop:
      break;
  }
  std::vector<std::string> notes;
  for (const outcome& each : what.starts) {
    notes.push_back(each.how == outcome::kind::up        ? "starts"
                    : each.how == outcome::kind::ignored ? "ignores its start"
                                                         : "fails to start");
  }
  for (const habit& each : what.stops) {
    notes.push_back(each.overruns    ? "does not stop"
                    : each.ends_with ? "stops with " + each.ends_with->to_string()
                                     : "stops");
  }
  if (!notes.empty()) text += fmt::format("; then a child: {}", fmt::join(notes, ", "));
  return text;
}

// `list` without one of its elements, or with one of them plain; all of that added to `all`.
template <class T, class Change>
void simpler_lists(const std::vector<T>& list, const T& plain, Change add) {
  if (list.empty()) return;
  add(std::vector<T>{});
  for (std::size_t i = 0; i < list.size(); ++i) {
    std::vector<T> less = list;
    less.erase(less.begin() + static_cast<std::ptrdiff_t>(i));
    add(std::move(less));
    if (list[i] == plain) continue;
    std::vector<T> plainer = list;
    plainer[i] = plain;
    add(std::move(plainer));
  }
}

struct supervisor_sequence {
  strategy how = strategy::one_for_one;
  otp::restart_intensity intensity = plenty;
  otp::auto_shutdown when = otp::auto_shutdown::never;
  std::vector<child_spec> children{};
  std::vector<step> steps{};

  static supervisor_sequence random(std::uint64_t seed) {
    dice random{seed};
    supervisor_sequence made;
    made.how = static_cast<strategy>(random.roll(3));
    made.when = static_cast<otp::auto_shutdown>(random.roll(3));
    if (!random.one_in(3)) {
      made.intensity.max_restarts = static_cast<std::uint32_t>(random.roll(8));
      made.intensity.within = nanoseconds{1 + static_cast<std::int64_t>(random.roll(10))};
    }
    for (const char* const id : {"a", "b", "c", "d"}) {
      if (random.one_in(4)) continue;
      child_spec spec = some_child(random, id);
      spec.significant = random.one_in(3) && made.may_be_significant(spec);
      made.children.push_back(std::move(spec));
    }
    made.steps.push_back(with_chances(random, {}));
    while (made.steps.size() < 40) made.steps.push_back(with_chances(random, some_step(random)));
    made.steps.push_back(with_chances(random, {.what = step::kind::stop}));
    return made;
  }

  std::size_t size() const { return steps.size(); }
  void cut(std::size_t events) { steps.resize(std::min(events, steps.size())); }

  bool may_be_significant(const child_spec& spec) const {
    return when != otp::auto_shutdown::never && spec.restart != restart::permanent;
  }

  // Whoever changes this: each must be smaller by some measure, or shrinking does not end.
  std::vector<supervisor_sequence> simpler() const {
    std::vector<supervisor_sequence> all;
    const auto add = [&](auto change) {
      all.push_back(*this);
      change(all.back());
    };
    for (std::size_t length = steps.size() / 2; length != 0; length /= 2) {
      for (std::size_t at = 1; at + length <= steps.size(); ++at) {
        add([&](supervisor_sequence& s) {
          const auto first = s.steps.begin() + static_cast<std::ptrdiff_t>(at);
          s.steps.erase(first, first + static_cast<std::ptrdiff_t>(length));
        });
      }
    }
    for (std::size_t i = 0; i < children.size(); ++i) {
      add([&](supervisor_sequence& s) { s.leave_out(i); });
      add([&](supervisor_sequence& s) {
        auto& starts = s.steps.front().starts;
        if (i < starts.size()) starts.erase(starts.begin() + static_cast<std::ptrdiff_t>(i));
        s.leave_out(i);
      });
      for (const child_spec& other : children) {  // what happened to it happens to the other
        if (other.id == children[i].id) continue;
        add([&](supervisor_sequence& s) {
          for (step& each : s.steps) {
            if (each.child.id == children[i].id) each.child.id = other.id;
          }
          s.leave_out(i);
        });
      }
      simpler_child(children[i], [&](child_spec plainer) {
        add([&](supervisor_sequence& s) { s.children[i] = std::move(plainer); });
      });
    }
    simpler_setup(add);
    simpler_names(add);
    for (std::size_t i = 0; i < steps.size(); ++i) {
      simpler_step(steps[i], [&](step plainer) {
        add([&](supervisor_sequence& s) { s.steps[i] = std::move(plainer); });
      });
    }
    return all;
  }

  std::string setup() const {
    const char* const hows[] = {"one_for_one", "one_for_all", "rest_for_one"};
    std::string text = hows[static_cast<std::size_t>(how)];
    if (intensity != plenty) {
      text += fmt::format(", at most {} restarts in {} ns", intensity.max_restarts,
                          intensity.within.count());
    }
    if (when == otp::auto_shutdown::any_significant) text += ", any_significant";
    if (when == otp::auto_shutdown::all_significant) text += ", all_significant";
    text += "; children:";
    for (const child_spec& each : children) text += " " + text_of(each);
    return text;
  }

 private:
  static step some_step(dice& random) {
    step made;
    made.child.id = std::string{static_cast<char>('a' + random.roll(random.one_in(6) ? 6 : 4))};
    switch (random.roll(16)) {
      case 0:
      case 1:
        made.what = step::kind::start_child;
        made.child = some_child(random, random.one_in(40) ? "" : made.child.id);
        made.child.significant = random.one_in(3);
        break;
      case 2:
        made.what = step::kind::terminate_child;
        break;
      case 3:
        made.what = step::kind::restart_child;
        break;
      case 4:
        made.what = step::kind::delete_child;
        break;
      case 5:
      case 6:
        made.what = step::kind::time;
        made.passed = nanoseconds{static_cast<std::int64_t>(1 + random.roll(6))};
        break;
      case 7:
        made.what = step::kind::retry;
        break;
      default:
        made.what = step::kind::exit;
        made.why = some_reason(random);
        made.former = random.one_in(6) ? 1 + random.roll(2) : 0;
        break;
    }
    return made;
  }

  static step with_chances(dice& random, step made) {
    const bool restarts = made.what == step::kind::exit || made.what == step::kind::retry;
    if (random.one_in(restarts ? 2 : 4)) {
      for (std::size_t i = 1 + random.roll(4); i != 0; --i) {
        made.starts.push_back(some_start(random));
      }
    }
    if (random.one_in(3)) {
      for (std::size_t i = 1 + random.roll(3); i != 0; --i) {
        habit manner;
        manner.overruns = random.one_in(3);
        if (random.one_in(2)) manner.ends_with = some_reason(random);
        made.stops.push_back(std::move(manner));
      }
    }
    return made;
  }

  template <class Add>
  static void simpler_child(const child_spec& child, Add add) {
    const auto with = [&](auto change) {
      child_spec plainer = child;
      change(plainer);
      add(std::move(plainer));
    };
    if (child.significant) {
      with([](child_spec& c) { c.significant = false; });
    } else if (child.restart != restart::permanent) {
      with([](child_spec& c) { c.restart = restart::permanent; });
    }
    if (child.shutdown.is_brutal_kill()) with([](child_spec& c) { c.shutdown = {}; });
    if (child.type != otp::child_type::worker) with([](child_spec& c) { c.type = {}; });
  }

  void leave_out(std::size_t child) {
    children.erase(children.begin() + static_cast<std::ptrdiff_t>(child));
  }

  // A name that is taken becomes the first that is not.
  template <class Add>
  void simpler_names(Add add) const {
    std::set<std::string> taken;
    for (const child_spec& each : children) taken.insert(each.id);
    for (const step& each : steps) taken.insert(each.child.id);
    std::string free = "a";
    while (taken.contains(free)) ++free.front();
    for (const std::string& name : taken) {
      if (name <= free) continue;
      add([&](supervisor_sequence& s) {
        for (child_spec& each : s.children) each.id = each.id == name ? free : each.id;
        for (step& each : s.steps) each.child.id = each.child.id == name ? free : each.child.id;
      });
    }
  }

  template <class Add>
  void simpler_setup(Add add) const {
    using self = supervisor_sequence;
    if (how != strategy::one_for_one) add([](self& s) { s.how = strategy::one_for_one; });
    const bool significant = std::any_of(children.begin(), children.end(),
                                         [](const child_spec& c) { return c.significant; });
    if (when != otp::auto_shutdown::never && !significant) add([](self& s) { s.when = {}; });
    if (intensity == plenty) return;
    add([](self& s) { s.intensity = plenty; });
    if (intensity.max_restarts != 0) add([](self& s) { --s.intensity.max_restarts; });
    if (intensity.within != 1ns) add([](self& s) { s.intensity.within -= 1ns; });
  }

  template <class Add>
  static void simpler_step(const step& what, Add add) {
    const auto with = [&](auto change) {
      step plainer = what;
      change(plainer);
      add(std::move(plainer));
    };
    simpler_lists(what.starts, up, [&](std::vector<outcome> less) {
      with([&](step& s) { s.starts = std::move(less); });
    });
    simpler_lists(what.stops, habit{}, [&](std::vector<habit> less) {
      with([&](step& s) { s.stops = std::move(less); });
    });
    if (what.what == step::kind::exit && what.why != exit_reason{"boom"s}) {
      with([](step& s) { s.why = "boom"s; });
    }
    if (what.former != 0) with([](step& s) { --s.former; });
    if (what.passed > 1ns) with([](step& s) { s.passed -= 1ns; });
    if (what.what == step::kind::start_child) {
      simpler_child(what.child, [&](child_spec plainer) {
        with([&](step& s) { s.child = std::move(plainer); });
      });
    }
  }
};

}  // namespace supervision_test
