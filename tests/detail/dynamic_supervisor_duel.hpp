// One life of a dynamic supervisor, lived by a state machine and by the reference at the same time:
// does the same to both and compares what they do.
#pragma once

#include "detail/dynamic_supervisor_reference.hpp"
#include "detail/dynamic_supervisor_sequence.hpp"
#include "detail/dynamic_supervisor_world.hpp"
#include "detail/sequence_hunt.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace supervision_test {

template <class Machine>
class dynamic_duel {
 public:
  explicit dynamic_duel(const dynamic_sequence& life)
      : machine_{life.max_children, life.intensity}, model_{life.max_children, life.intensity} {}

  // Whether this can happen now. While a supervisor ends it only waits for exits.
  bool possible(const dynamic_step& what) const {
    using kind = dynamic_step::kind;
    switch (what.what) {
      case kind::exit:
        return what.who < model_.kids.size();
      case kind::late_exit:
        return subject(what) != pid{};
      case kind::time_is_up:
        return model_.ending && model_.awaits_until() != otp::infinity;
      case kind::retry:
        return !model_.ending && !model_.retries.empty();
      case kind::start_child:
      case kind::terminate_child:
      case kind::time:
      case kind::stop:
        return !model_.ending;
    }
    return false;
  }

  // Only what is possible.
  void take(const dynamic_step& what) {
    using kind = dynamic_step::kind;
    machine_.trace.clear();
    model_.trace.clear();
    replies_agree_ = true;
    machine_.next_starts.assign(1, what.start);
    model_.next_start = what.start;
    machine_.next_habit = what.stop;
    model_.next_habit = what.stop;
    const pid process = subject(what);
    switch (what.what) {
      case kind::start_child:
        replies_agree_ = machine_reply(what.child) == model_.add(what.child);
        return;
      case kind::terminate_child:
        replies_agree_ = machine_.terminate(process) == model_.terminate(process);
        return;
      case kind::exit:
      case kind::late_exit:
        machine_.crash(process, what.why);
        return model_.exited(process, what.why);
      case kind::retry:
        machine_.retry();
        return model_.retry();
      case kind::time:
        machine_.now += what.passed;
        model_.now += what.passed;
        return;
      case kind::stop:
        machine_.stop();
        return model_.stop();
      case kind::time_is_up:
        machine_.time_is_up();
        return model_.time_is_up();
    }
  }

  bool agree() const {
    if (!replies_agree_ || machine_.trace != model_.trace || machine_.retries != model_.retries ||
        machine_.counts() != model_.counts() || machine_.finished.has_value() != over()) {
      return false;
    }
    if (model_.ending && !over() && machine_.awaiting_until != model_.awaits_until()) return false;
    const auto children = machine_.machine.which_children();
    return std::equal(children.begin(), children.end(), model_.kids.rbegin(), model_.kids.rend(),
                      [](const otp::child_info& child, const dynamic_reference::kid& expected) {
                        return child.process == expected.process &&
                               (child.state == child_state::restarting) == expected.restarting;
                      });
  }

  bool over() const { return model_.ending && model_.kids.empty(); }

  std::string text(const dynamic_step& what) const {
    using kind = dynamic_step::kind;
    std::string line = dynamic_step::name(what.what);
    if (what.what == kind::start_child && !text_of(what.child).empty()) {
      line += " " + text_of(what.child);
    }
    if (what.what == kind::terminate_child) line += " " + name(subject(what));
    if (what.what == kind::exit || what.what == kind::late_exit) {
      line += fmt::format(": {} {} with {}", name(subject(what)),
                          what.what == kind::exit ? "ends" : "had ended", what.why);
    }
    if (what.what == kind::time) line = fmt::format("{} ns pass", what.passed.count());
    if (what.start.how == outcome::kind::ignored) line += "; a start is ignored";
    if (what.start.how == outcome::kind::fails) line += "; a start fails";
    if (what.stop.overruns) line += "; it does not stop";
    if (what.stop.ends_with) line += "; it stops with " + what.stop.ends_with->to_string();
    return line;
  }

  void count(const dynamic_step& what, otp_test::sequence_mix& mix) const {
    using kind = dynamic_step::kind;
    mix.count(fmt::format("event: {}{}", dynamic_step::name(what.what),
                          model_.ending ? ", while it ends" : ""));
    if (what.what != kind::exit && what.what != kind::terminate_child) return;
    const auto its = std::find_if(model_.kids.begin(), model_.kids.end(), [&](const auto& each) {
      return each.process == subject(what) && each.restarting;
    });
    if (its == model_.kids.end()) return;
    mix.count(fmt::format("{}: of one that waits for a retry", dynamic_step::name(what.what)));
  }

  void count_result(const dynamic_step& what, otp_test::sequence_mix& mix) const {
    const auto is_there = [&](std::string_view begin) {
      return std::any_of(model_.trace.begin(), model_.trace.end(),
                         [&](const std::string& line) { return line.starts_with(begin); });
    };
    if (is_there("report start_error")) mix.count("result: a restart fails");
    if (is_there("report shutdown_error")) mix.count("result: a child stops not as asked");
    if (is_there("report child_terminated") && is_there("start p")) mix.count("result: a restart");
    if (is_there("report shutdown ")) mix.count("end: too many restarts");
    if (what.what == dynamic_step::kind::stop) mix.count("end: a stop");
  }

  // What both have done in this step; where they differ, apart.
  std::string account() const {
    if (agree()) return shown(model_.trace);
    std::string expected;
    for (const auto& each : model_.kids) expected += state(each.process, each.restarting);
    std::string is;
    for (const auto& each : machine_.machine.which_children()) {
      is.insert(0, state(each.process, each.state == child_state::restarting));
    }
    const auto kept = [](const std::string& names) {
      return "      then has" + (names.empty() ? " no children" : names) + "\n";
    };
    return "    the machine:\n" + shown(machine_.trace) + kept(is) + "    the reference:\n" +
           shown(model_.trace) + kept(expected);
  }

 private:
  // Whom it is about: nobody if there is no such process.
  pid subject(const dynamic_step& what) const {
    using kind = dynamic_step::kind;
    if (what.what == kind::exit || what.what == kind::terminate_child) {
      if (what.who < model_.kids.size()) return model_.kids[what.who].process;
      return {0, 0, 1'000'000};
    }
    if (what.what != kind::late_exit) return {};
    std::size_t passed_over = 0;
    for (std::uint64_t serial = machine_.births(); serial != 0; --serial) {
      const pid process{0, 0, serial};
      const bool there = std::any_of(model_.kids.begin(), model_.kids.end(),
                                     [&](const auto& each) { return each.process == process; });
      if (!there && passed_over++ == what.who) return process;
    }
    return {};
  }

  static std::string name(pid process) {
    return process.serial == 1'000'000 ? "nobody" : dynamic_driver::name(process);
  }

  std::string machine_reply(const child_spec& spec) {
    if (machine_.add(spec.restart, spec.shutdown, spec.type)) return "ok";
    if (machine_.failure().ignored) return "ignore";
    const exit_reason& why = machine_.failure().reason;
    return why == otp::refusal::max_children ? "max_children" : why.to_string();
  }

  static std::string shown(const lines& trace) {
    std::string text;
    for (const std::string& line : trace) text += fmt::format("      {}\n", line);
    return text;
  }

  static std::string state(pid process, bool restarting) {
    return fmt::format(" {}{}", name(process), restarting ? " (restarting)" : "");
  }

  dynamic_driver_of<Machine> machine_;
  dynamic_reference model_;
  bool replies_agree_ = true;
};

// After how many events the two differ, if they do.
template <class Machine>
std::optional<std::size_t> difference(const dynamic_sequence& life, otp_test::sequence_mix* mix) {
  dynamic_duel<Machine> both{life};
  std::size_t taken = 0;
  for (std::size_t i = 0; i < life.steps.size() && !both.over(); ++i) {
    const dynamic_step& what = life.steps[i];
    if (!both.possible(what)) continue;
    if (mix != nullptr) both.count(what, *mix);
    both.take(what);
    ++taken;
    if (!both.agree()) return i + 1;
    if (mix != nullptr) both.count_result(what, *mix);
  }
  if (mix != nullptr) mix->ended(taken);
  return std::nullopt;
}

// The events one per line, with what they lead to.
template <class Machine>
std::string story(const dynamic_sequence& life) {
  dynamic_duel<Machine> both{life};
  std::string text = life.setup() + "\n";
  std::size_t events = 0;
  for (const dynamic_step& what : life.steps) {
    if (!both.possible(what)) continue;
    text += fmt::format("{:>3}. {}\n", ++events, both.text(what));
    both.take(what);
    text += both.account();
    if (!both.agree() || both.over()) break;
  }
  return text;
}

}  // namespace supervision_test
