// One life of a supervisor, lived by a state machine and by the reference at the same time: does
// the same to both and compares what they do.
#pragma once

#include "detail/sequence_hunt.hpp"
#include "detail/supervisor_reference.hpp"
#include "detail/supervisor_sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace supervision_test {

template <class Machine>
class supervisor_duel {
 public:
  explicit supervisor_duel(const supervisor_sequence& life)
      : machine_{life.how, life.intensity, life.children, life.when},
        model_{life.how, life.intensity, life.children, life.when} {}

  void take(const step& what) {
    machine_.forget();
    model_.children.trace.clear();
    let_decide(machine_.children, what);
    let_decide(model_.children, what);
    switch (what.what) {
      case step::kind::boot:
        machine_.boot();
        return model_.boot();
      case step::kind::start_child:
        machine_.add(what.child);
        return model_.add(what.child);
      case step::kind::terminate_child:
        machine_.terminate(what.child.id);
        return model_.terminate(what.child.id);
      case step::kind::restart_child:
        machine_.revive(what.child.id);
        return model_.revive(what.child.id);
      case step::kind::delete_child:
        machine_.remove(what.child.id);
        return model_.remove(what.child.id);
      case step::kind::exit: {
        const pid process = machine_.children.born_as(what.child.id, what.former);
        machine_.feed(supervision::child_exited{process, what.why, machine_.now});
        return model_.exited(process, what.why);
      }
      case step::kind::retry:
        if (machine_.retries.empty() || model_.retries.empty()) return;
        machine_.retry();
        return model_.retry();
      case step::kind::time:
        machine_.now += what.passed;
        model_.now += what.passed;
        return;
      case step::kind::stop:
        machine_.stop();
        return model_.stop();
    }
  }

  bool agree() const {
    return machine_.children.trace == model_.children.trace &&
           machine_.finished == model_.finished &&
           machine_.retries.size() == model_.retries.size() &&
           machine_.machine.which_children() == model_.which_children() &&
           machine_.machine.count_children() == model_.count_children();
  }

  bool over() const { return model_.finished.has_value(); }

  // What is about to happen, as a line of the mix.
  void count(const step& what, otp_test::sequence_mix& mix) const {
    mix.count(fmt::format("event: {}", step::name(what.what)));
    const auto children = model_.which_children();
    const auto is_restarting = [](const otp::child_info& each) {
      return each.state == child_state::restarting;
    };
    const bool restarting = std::any_of(children.begin(), children.end(), is_restarting);
    if (what.what == step::kind::retry && model_.retries.empty()) mix.count("retry: none is due");
    if (what.what != step::kind::exit) return;
    const pid process = model_.children.born_as(what.child.id, what.former);
    const auto its = std::find_if(children.begin(), children.end(), [&](const auto& each) {
      return each.process == process && each.state == child_state::running;
    });
    if (its == children.end()) {
      mix.count(process.slot < model_.children.births() ? "exit: late, of a former process"
                                                        : "exit: of nobody");
    } else {
      mix.count(restarting ? "exit: of a child, while another one waits for a retry"
                           : "exit: of a child");
    }
  }

  // What has just happened, as lines of the mix.
  void count_result(const step& what, const supervisor_sequence& life,
                    otp_test::sequence_mix& mix) const {
    const lines& trace = model_.children.trace;
    const auto is_there = [&](std::string_view begin) {
      return std::any_of(trace.begin(), trace.end(),
                         [&](const std::string& line) { return line.starts_with(begin); });
    };
    if (what.what == step::kind::retry && !trace.empty()) mix.count("retry: tries again");
    if (is_there("report start_error")) mix.count("result: a restart or boot fails");
    if (is_there("report shutdown_error")) mix.count("result: a child stops not as asked");
    if (is_there("report child_terminated") && is_there("start ")) {
      const char* const hows[] = {"one_for_one", "one_for_all", "rest_for_one"};
      mix.count(fmt::format("result: a restart, {}", hows[static_cast<std::size_t>(life.how)]));
    }
    if (!over()) return;
    mix.count(is_there("report shutdown ")    ? "end: too many restarts"
              : what.what == step::kind::boot ? "end: a roll-back"
              : what.what == step::kind::stop ? "end: a stop"
                                              : "end: significant children are gone");
  }

  // What both have done in this step; where they differ, apart.
  std::string account() const {
    if (agree()) return shown(model_.children.trace, "      ");
    return "    the machine:\n" + shown(machine_.children.trace, "      ") +
           kept(machine_.machine.which_children()) + "    the reference:\n" +
           shown(model_.children.trace, "      ") + kept(model_.which_children());
  }

 private:
  // Both are asked the same questions, as long as they agree.
  static void let_decide(world& children, const step& what) {
    children.other_starts = [&what, at = std::size_t{0}]() mutable {
      return at < what.starts.size() ? what.starts[at++] : up;
    };
    children.other_habits = [&what, at = std::size_t{0}]() mutable {
      return at < what.stops.size() ? what.stops[at++] : habit{};
    };
  }

  static std::string shown(const lines& trace, std::string_view indent) {
    std::string text;
    for (const std::string& line : trace) text += fmt::format("{}{}\n", indent, line);
    return text;
  }

  static std::string kept(const std::vector<otp::child_info>& newest_first) {
    std::string text = "      then has";
    if (newest_first.empty()) text += " no children";
    for (auto it = newest_first.rbegin(); it != newest_first.rend(); ++it) {
      text += fmt::format(" {} ({})", it->id,
                          it->state == child_state::running      ? "running"
                          : it->state == child_state::restarting ? "restarting"
                                                                 : "stopped");
    }
    return text + "\n";
  }

  driver_of<Machine> machine_;
  supervisor_reference model_;
};

// After how many events the two differ, if they do.
template <class Machine>
std::optional<std::size_t> difference(const supervisor_sequence& life,
                                      otp_test::sequence_mix* mix) {
  supervisor_duel<Machine> both{life};
  std::size_t events = 0;
  for (const step& what : life.steps) {
    if (mix != nullptr) both.count(what, *mix);
    both.take(what);
    ++events;
    if (!both.agree()) return events;
    if (mix != nullptr) both.count_result(what, life, *mix);
    if (both.over()) break;
  }
  if (mix != nullptr) mix->ended(events);
  return std::nullopt;
}

// The events one per line, with what they lead to.
template <class Machine>
std::string story(const supervisor_sequence& life) {
  supervisor_duel<Machine> both{life};
  std::string text = life.setup() + "\n";
  std::size_t events = 0;
  for (const step& what : life.steps) {
    both.take(what);
    text += fmt::format("{:>3}. {}\n{}", ++events, text_of(what), both.account());
    if (!both.agree() || both.over()) break;
  }
  return text;
}

}  // namespace supervision_test
