// The application controller's state machine against a second, independent account of the same rules:
// jobs that are tried again and again until nothing moves. Random sequences of events have to bring
// about the same, step by step.
#include "detail/application_machine.hpp"
#include "detail/sequences.hpp"
#include "support/catch.hpp"
#include <otp/detail/application_fsm.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace application_test;

namespace {

class reference {
 public:
  using applications = std::map<std::string, std::pair<lines, lines>>;  // needs, optional
  explicit reference(applications all) : all_{std::move(all)} {}

  lines done;  // what has to be seen of the step

  void ask(control::event what) {
    jobs_.push_back({.what = std::move(what), .stamp = ++stamps_});
    settle();
  }
  void started(const std::string& name) {
    begun_.erase(name);
    up_.push_back(name);
    for (auto* each : waiting(name)) each->outcome = "ok";
    settle();
  }
  void failed(const std::string& name) {
    const auto type = types_[name];
    begun_.erase(name);
    for (auto* each : waiting(name)) each->outcome = "start_failed " + name;
    advance_woken();
    if (type != restart::temporary) down(name);
    settle();
  }
  void ended(const std::string& name, const exit_reason& why) {
    const bool asked = halting_.erase(name) != 0;
    const auto type = types_[name];
    std::erase(up_, name);
    for (auto* each : waiting(name)) each->outcome = "ok";
    advance_woken();
    if (!asked && (type == restart::permanent ||
                   (type == restart::transient && why != otp::reason::normal))) {
      down(name);
    }
    settle();
  }

  const lines& up() const { return up_; }
  const std::map<std::string, int>& begun() const { return begun_; }
  const std::map<std::string, int>& halting() const { return halting_; }

 private:
  struct job {
    control::event what;
    int stamp = 0;
    std::string waits_for{};              // an application whose start or stop it has asked for
    std::optional<std::string> outcome{};  // of that
    std::string later{};  // an application that has to stop first
    lines stack{};
    lines made{};
    std::string error{};
    bool begun = false;
    bool over = false;
  };

  static bool holds(const lines& all, const std::string& name) {
    return std::find(all.begin(), all.end(), name) != all.end();
  }

  std::vector<job*> waiting(const std::string& name) {
    std::vector<job*> found;
    for (auto& each : jobs_) {
      if (!each.over && each.waits_for == name) found.push_back(&each);
    }
    std::sort(found.begin(), found.end(), [](auto* a, auto* b) { return a->stamp < b->stamp; });
    woken_ = found;
    return found;
  }

  void advance_woken() {
    for (auto* each : std::exchange(woken_, {})) try_all(*each);
  }

  void down(const std::string& name) {
    if (culprit_.empty()) culprit_ = name;
    ending_ = true;
  }

  void settle() {
    advance_woken();
    for (bool moved = true; moved;) {
      moved = false;
      std::vector<job*> all;
      for (auto& each : jobs_) {
        if (!each.over) all.push_back(&each);
      }
      std::sort(all.begin(), all.end(), [](auto* a, auto* b) { return a->stamp < b->stamp; });
      for (auto* each : all) moved = try_all(*each) || moved;
    }
    if (ending_ && begun_.empty() && halting_.empty()) {
      if (!up_.empty()) {
        halt(up_.back());
      } else {
        ending_ = false;
        for (auto& each : jobs_) {
          if (!each.over && std::holds_alternative<control::stop_all>(each.what)) say(each, "ok []");
        }
        if (!culprit_.empty()) done.push_back("node_down " + std::exchange(culprit_, ""));
      }
    }
  }

  void halt(const std::string& name) {
    halting_[name] = 1;
    done.push_back("stop " + name);
  }

  void say(job& j, const std::string& text) {
    j.over = true;
    const auto who = std::visit(
        [](const auto& e) -> std::uint64_t {
          if constexpr (requires { e.who; }) return static_cast<std::uint64_t>(e.who);
          return 0;
        },
        j.what);
    done.push_back(fmt::format("reply {} {}", who, text));
  }

  /// "wait" when the start is under way (or cannot be tried yet: "later"), else how it went.
  std::string begin(const std::string& name, restart type) {
    if (ending_) return "stopping " + name;
    if (halting_.contains(name)) return "later";
    const auto app = all_.find(name);
    if (app == all_.end()) return "not_loaded " + name;
    if (holds(up_, name)) return "already_started " + name;
    if (begun_.contains(name)) return "wait";
    const auto runs = [&](const std::string& need) {
      return holds(up_, need) && !halting_.contains(need);
    };
    for (const auto& need : app->second.first) {
      if (!runs(need)) return "not_started " + need;
    }
    for (const auto& need : app->second.second) {
      if (all_.contains(need) && !runs(need)) return "not_started " + need;
    }
    begun_[name] = 1;
    types_[name] = type;
    done.push_back("start " + name);
    return "wait";
  }

  void wait_for(job& j, const std::string& name) {
    j.waits_for = name;
    j.stamp = ++stamps_;
  }

  void put_off(job& j, const std::string& until_stopped) {
    j.later = until_stopped;
    j.stamp = ++stamps_;
  }

  /// A job goes as far as it can before the next one is looked at; whether it went at all.
  bool try_all(job& j) {
    bool moved = false;
    while (try_one(j)) moved = true;
    return moved;
  }

  /// One step of a job; whether there was one.
  bool try_one(job& j) {
    if (j.over) return false;
    if (!j.waits_for.empty() && !j.outcome) return false;
    if (halting_.contains(j.later)) return false;
    j.later.clear();
    if (auto* const start = std::get_if<control::start>(&j.what)) {
      if (j.outcome) return say(j, *j.outcome == "ok" ? "ok []" : *j.outcome), true;
      const auto how = begin(start->name, start->type);
      if (how == "later") return put_off(j, start->name), false;
      if (how == "wait") {
        wait_for(j, start->name);
      } else {
        say(j, how);
      }
      return true;
    }
    if (auto* const stop = std::get_if<control::stop>(&j.what)) {
      if (j.outcome) return say(j, "ok []"), true;
      if (halting_.contains(stop->name)) return put_off(j, stop->name), false;
      if (!holds(up_, stop->name)) return say(j, "not_started " + stop->name), true;
      halt(stop->name);
      wait_for(j, stop->name);
      return true;
    }
    if (std::holds_alternative<control::stop_all>(j.what)) {
      if (j.begun) return false;
      j.begun = ending_ = true;
      return true;
    }
    return try_plan(j, std::get<control::ensure_all_started>(j.what));
  }

  bool try_plan(job& j, const control::ensure_all_started& plan) {
    if (!j.begun) {
      j.begun = true;
      j.stack = {plan.name};
    }
    if (j.outcome) {
      const auto how = *std::exchange(j.outcome, std::nullopt);
      j.waits_for.clear();
      if (!j.error.empty()) {
        j.made.pop_back();
      } else if (how == "ok") {
        j.made.push_back(j.stack.back());
        j.stack.pop_back();
      } else {
        j.error = how;
      }
    }
    if (!j.error.empty()) {
      if (ending_) j.made.clear();
      if (j.made.empty()) return say(j, j.error), true;
      const auto name = j.made.back();
      if (halting_.contains(name)) return wait_for(j, name), true;
      if (!holds(up_, name)) return j.made.pop_back(), true;
      halt(name);
      return wait_for(j, name), true;
    }
    if (j.stack.empty()) return say(j, fmt::format("ok [{}]", fmt::join(j.made, " "))), true;
    const auto how = begin(j.stack.back(), plan.type);
    if (how == "later") return put_off(j, j.stack.back()), false;
    if (how == "wait") return wait_for(j, j.stack.back()), true;
    if (how.starts_with("already_started")) return j.stack.pop_back(), true;
    if (how.starts_with("not_started")) {
      const auto need = how.substr(how.find(' ') + 1);
      if (holds(j.stack, need)) {
        j.error = "needs_itself " + need;
      } else {
        j.stack.push_back(need);
      }
      return true;
    }
    j.error = how;
    return true;
  }

  applications all_;
  std::vector<job> jobs_;
  std::vector<job*> woken_;
  lines up_;
  std::map<std::string, int> begun_;
  std::map<std::string, int> halting_;
  std::map<std::string, restart> types_;
  bool ending_ = false;
  std::string culprit_;
  int stamps_ = 0;
};

class sequence {
 public:
  explicit sequence(std::uint64_t seed) : random_{seed}, reference_{draw()} {}

  /// Nothing, or how the two differ.
  std::string play(int length) {
    std::string story;
    for (int i = 0; i < length; ++i) {
      reference_.done.clear();
      const auto what = step();
      story += what + "\n";
      auto expected = reference_.done;
      std::sort(expected.begin(), expected.end());
      std::sort(seen_.begin(), seen_.end());
      if (expected != seen_ || machine_.fsm().running() != reference_.up()) {
        return fmt::format("{}machine: {}\nreference: {}", story, fmt::join(seen_, ", "),
                           fmt::join(expected, ", "));
      }
    }
    return {};
  }

 private:
  std::uint64_t below(std::uint64_t n) { return random_() % n; }
  std::string some_name() { return {static_cast<char>('a' + below(6))}; }
  restart some_type() { return static_cast<restart>(below(3)); }

  reference::applications draw() {
    reference::applications all;
    for (const char c : "abcde"s) {
      const std::string name{c};
      auto& [needs, optional] = all[name];
      // Mostly what comes before it, so that circles are rare.
      while (below(2) == 0) {
        const auto need = below(8) == 0 || c == 'a' ? some_name()
                                                    : std::string{static_cast<char>('a' + below(
                                                          static_cast<std::uint64_t>(c - 'a')))};
        (below(4) == 0 ? optional : needs).push_back(need);
      }
      machine_.load(name, needs, optional);
    }
    return all;
  }

  /// One of the names in `all`; there is at least one.
  std::string one_of(const std::map<std::string, int>& all) {
    return std::next(all.begin(), static_cast<std::ptrdiff_t>(below(all.size())))->first;
  }

  std::string ask(control::event what, std::string text) {
    seen_ = machine_.decide(what);
    reference_.ask(std::move(what));
    return text;
  }

  std::string end(const std::string& name) {
    const auto why = below(2) == 0 ? exit_reason{otp::reason::normal} : exit_reason{"boom"s};
    seen_ = machine_.ended(name, why);
    reference_.ended(name, why);
    return fmt::format("{} has ended: {}", name, why);
  }

  std::string step() {
    const auto name = some_name();
    const auto who = ticket(++asked_);
    switch (below(10)) {
      case 0:
      case 1: {
        const auto type = some_type();
        return ask(control::start{who, name, type}, "start " + name);
      }
      case 2:
      case 3: {
        const auto type = some_type();
        return ask(control::ensure_all_started{who, name, type}, "ensure_all_started " + name);
      }
      case 4:
        return ask(control::stop{who, name}, "stop " + name);
      case 5:
        if (below(5) == 0) return ask(control::stop_all{who}, "stop_all");
        break;
      case 6:
        for (const auto& up : reference_.up()) {
          if (!reference_.halting().contains(up) && below(4) == 0) return end(std::string{up});
        }
        break;
      default:
        break;
    }
    if (!reference_.begun().empty() && below(2) == 0) {
      const auto begun = one_of(reference_.begun());
      if (below(4) == 0) {
        seen_ = machine_.failed(begun);
        reference_.failed(begun);
        return begun + " has failed";
      }
      seen_ = machine_.started(begun);
      reference_.started(begun);
      return begun + " is up";
    }
    if (!reference_.halting().empty()) return end(one_of(reference_.halting()));
    return ask(control::start{who, name, restart::temporary}, "start " + name);
  }

  std::mt19937_64 random_;
  machine machine_;
  reference reference_;
  lines seen_;
  int asked_ = 0;
};

}  // namespace

TEST_CASE("the application controller decides as the reference does, in any sequence of events") {
  const auto count = otp_test::sequences(3'000);
  for (std::uint64_t seed = 1; seed <= count; ++seed) {
    const auto difference = sequence{seed}.play(40);
    INFO("seed " << seed << "\n" << difference);
    REQUIRE(difference.empty());
  }
}
