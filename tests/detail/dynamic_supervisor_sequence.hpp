// The life of a dynamic supervisor as data: its limits and what happens to it. Drawn at random from
// a seed, and made smaller. Children have no names: an event is about the n-th of those that are
// there, so that the others can be left out.
#pragma once

#include "detail/supervisor_chances.hpp"
#include "detail/supervisor_world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace supervision_test {

struct dynamic_step {
  enum class kind : std::uint8_t {
    start_child,
    terminate_child,
    exit,
    late_exit,
    retry,
    time,
    stop,
    time_is_up  // the time that a child has to stop, while the supervisor ends
  };

  kind what = kind::start_child;
  std::size_t who = 0;  // the n-th child from the oldest; late_exit: the n-th gone from the latest
  child_spec child{};   // start_child
  exit_reason why{};    // exit, late_exit
  nanoseconds passed{0};  // time
  outcome start = up;     // how the start goes that this may lead to
  habit stop{};           // how the child takes it that is told to stop

  static const char* name(kind what) {
    switch (what) {
      case kind::start_child:
        return "start_child";
      case kind::terminate_child:
        return "terminate_child";
      case kind::exit:
        return "exit";
      case kind::late_exit:
        return "late exit";
      case kind::retry:
        return "retry";
      case kind::time:
        return "time passes";
      case kind::stop:
        return "stop";
      case kind::time_is_up:
        return "time is up";
    }
    return "?";
  }
};

struct dynamic_sequence {
  static constexpr std::size_t no_limit = 1000;

  std::size_t max_children = no_limit;
  otp::restart_intensity intensity = plenty;
  std::vector<dynamic_step> steps{};

  static dynamic_sequence random(std::uint64_t seed) {
    dice random{seed};
    dynamic_sequence made;
    if (!random.one_in(3)) made.max_children = random.roll(9);
    if (!random.one_in(3)) {
      made.intensity.max_restarts = static_cast<std::uint32_t>(random.roll(8));
      made.intensity.within = nanoseconds{1 + static_cast<std::int64_t>(random.roll(10))};
    }
    while (made.steps.size() < 40) made.steps.push_back(some_step(random));
    made.steps.push_back({.what = dynamic_step::kind::stop});
    // Also those that end by themselves have to wait for their children.
    for (int i = 0; i < 20; ++i) made.steps.push_back(some_last_step(random));
    return made;
  }

  std::size_t size() const { return steps.size(); }
  void cut(std::size_t events) { steps.resize(std::min(events, steps.size())); }

  // Whoever changes this: each must be smaller by some measure, or shrinking does not end.
  std::vector<dynamic_sequence> simpler() const {
    std::vector<dynamic_sequence> all;
    const auto add = [&](auto change) {
      all.push_back(*this);
      change(all.back());
    };
    using self = dynamic_sequence;
    for (std::size_t length = steps.size() / 2; length != 0; length /= 2) {
      for (std::size_t at = 0; at + length <= steps.size(); ++at) {
        add([&](self& s) {
          const auto first = s.steps.begin() + static_cast<std::ptrdiff_t>(at);
          s.steps.erase(first, first + static_cast<std::ptrdiff_t>(length));
        });
      }
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
      // Without one child the others are earlier in the line.
      if (steps[i].what != dynamic_step::kind::start_child) continue;
      add([&](self& s) {
        s.steps.erase(s.steps.begin() + static_cast<std::ptrdiff_t>(i));
        for (std::size_t later = i; later < s.steps.size(); ++later) {
          if (s.steps[later].who != 0) --s.steps[later].who;
        }
      });
    }
    if (max_children != no_limit) {
      add([](self& s) { s.max_children = no_limit; });
      if (max_children != 0) add([](self& s) { --s.max_children; });
    }
    if (intensity != plenty) {
      add([](self& s) { s.intensity = plenty; });
      if (intensity.max_restarts != 0) add([](self& s) { --s.intensity.max_restarts; });
      if (intensity.within != 1ns) add([](self& s) { s.intensity.within -= 1ns; });
    }
    for (std::size_t i = 0; i < steps.size(); ++i) {
      simpler_step(steps[i], [&](dynamic_step plainer) {
        add([&](self& s) { s.steps[i] = std::move(plainer); });
      });
    }
    return all;
  }

  std::string setup() const {
    std::string text = "a dynamic supervisor";
    if (max_children != no_limit) text += fmt::format(", max_children {}", max_children);
    if (intensity != plenty) {
      text += fmt::format(", at most {} restarts in {} ns", intensity.max_restarts,
                          intensity.within.count());
    }
    return text;
  }

 private:
  static dynamic_step some_step(dice& random) {
    using kind = dynamic_step::kind;
    dynamic_step made;
    made.who = random.roll(random.one_in(2) ? 2 : 8);
    switch (random.roll(16)) {
      case 0:
      case 1:
      case 2:
      case 3:
      case 4:
        made.child = some_child(random, "");
        if (random.one_in(3)) {
          made.child.shutdown = nanoseconds{static_cast<std::int64_t>(random.roll(4))};
        }
        break;
      case 5:
      case 6:
        made.what = kind::terminate_child;
        break;
      case 7:
        made.what = kind::time;
        made.passed = nanoseconds{static_cast<std::int64_t>(1 + random.roll(6))};
        break;
      case 8:
      case 9:
        made.what = kind::retry;
        break;
      case 10:
        made.what = kind::late_exit;
        made.why = some_reason(random);
        break;
      default:
        made.what = kind::exit;
        made.why = some_reason(random);
        break;
    }
    if (random.one_in(made.what == kind::start_child ? 4 : 2)) made.start = some_start(random);
    made.stop.overruns = random.one_in(8);
    if (random.one_in(4)) made.stop.ends_with = some_reason(random);
    return made;
  }

  static dynamic_step some_last_step(dice& random) {
    using kind = dynamic_step::kind;
    dynamic_step made{.what = kind::exit, .who = random.roll(8), .why = some_reason(random)};
    if (random.one_in(4)) made.what = kind::time_is_up;
    if (random.one_in(6)) made.what = kind::late_exit;
    return made;
  }

  template <class Add>
  static void simpler_step(const dynamic_step& what, Add add) {
    using kind = dynamic_step::kind;
    const auto with = [&](auto change) {
      dynamic_step plainer = what;
      change(plainer);
      add(std::move(plainer));
    };
    if (what.who != 0) with([](dynamic_step& s) { --s.who; });
    if (what.start != up) with([](dynamic_step& s) { s.start = up; });
    if (what.stop != habit{}) with([](dynamic_step& s) { s.stop = {}; });
    if (what.passed > 1ns) with([](dynamic_step& s) { s.passed -= 1ns; });
    const bool has_reason = what.what == kind::exit || what.what == kind::late_exit;
    if (has_reason && what.why != exit_reason{"boom"s}) {
      with([](dynamic_step& s) { s.why = "boom"s; });
    }
    if (what.what != kind::start_child) return;
    if (what.child.restart != restart::permanent) {
      with([](dynamic_step& s) { s.child.restart = restart::permanent; });
    }
    if (!what.child.shutdown.is_unset()) with([](dynamic_step& s) { s.child.shutdown = {}; });
    if (what.child.type != otp::child_type::worker) {
      with([](dynamic_step& s) { s.child.type = otp::child_type::worker; });
    }
  }
};

}  // namespace supervision_test
