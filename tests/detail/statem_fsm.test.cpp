// What a state machine handles next: tables, and random machines against a second account of the same
// rules that keeps time and lists in its own, slower way.
// One file, though long: the second account is of use to both.
#include "detail/sequences.hpp"
#include "support/catch.hpp"
#include <otp/detail/statem_fsm.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <list>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using namespace std::string_literals;
using otp::detail::state_step;
using otp::detail::timeout_kind;
using otp_test::sequences;

namespace {

using fsm = otp::detail::statem_fsm<std::string, int>;
using std::chrono::nanoseconds;

constexpr auto kept = state_step::kept;
constexpr auto repeated = state_step::repeated;
constexpr auto changed = state_step::changed;

fsm::timeout_key event_key() { return {timeout_kind::event, 0}; }
fsm::timeout_key state_key() { return {timeout_kind::state, 0}; }
fsm::timeout_key named_key(int name) { return {timeout_kind::named, name}; }

fsm::timeout_request start(fsm::timeout_key key, nanoseconds time, std::string content) {
  return {key, fsm::request::start, time, std::move(content)};
}
fsm::timeout_request cancel(fsm::timeout_key key) { return {key, fsm::request::cancel, {}, {}}; }
fsm::timeout_request update(fsm::timeout_key key, std::string content) {
  return {key, fsm::request::update, {}, std::move(content)};
}

/// An fsm with a clock, whose events are texts.
class bench {
 public:
  explicit bench(bool enters = false) : fsm_{enters} {}

  /// `event` comes from the mailbox, and its handler asks for `asked`. Not followed by what waits.
  void comes(std::string event, fsm::outcome asked = {}) {
    fsm_.received();
    handle(std::move(event), std::move(asked));
  }
  /// The next waiting event, and what its handler asks for; "" when none waits.
  std::string next(fsm::outcome asked = {}) {
    auto event = fsm_.next();
    apply();
    if (!event) return "";
    auto name = *event;
    handle(*std::move(event), std::move(asked));
    return name;
  }
  /// All that waits, handled without asking for anything.
  std::string rest() {
    std::string all;
    for (auto each = next(); !each.empty(); each = next()) all += (all.empty() ? "" : " ") + each;
    return all;
  }
  /// What comes while `time` passes and nothing else happens.
  std::string passes(nanoseconds time) {
    std::string all;
    const auto until = now_ + time;
    for (;;) {
      const auto due = std::min_element(timers_.begin(), timers_.end(),
                                        [](auto& a, auto& b) { return a.second < b.second; });
      if (due == timers_.end() || due->second > until) break;
      now_ = due->second;
      const auto number = due->first;
      timers_.erase(due);
      if (auto event = fsm_.fired(number)) {
        all += (all.empty() ? "" : " ") + *event;
        handle(*event, {});
        const auto more = rest();
        if (!more.empty()) all += " " + more;
      }
    }
    now_ = until;
    return all;
  }
  int enter_calls = 0;
  fsm::timeout_requests asked_by_enter;
  std::size_t timers() const { return timers_.size(); }
  bool start_up(fsm::outcome asked = {}) {
    const bool enters = fsm_.handled({}, std::move(asked), true);
    if (enters) fsm_.entered({});
    apply();
    return enters;
  }

 private:
  void handle(std::string event, fsm::outcome asked) {
    if (fsm_.handled(std::move(event), std::move(asked))) {
      ++enter_calls;
      fsm_.entered(std::exchange(asked_by_enter, {}));
    }
    apply();
  }
  void apply() {
    for (const auto& action : fsm_.timer_actions()) {
      if (action.time) {
        timers_[action.number] = now_ + *action.time;
      } else {
        timers_.erase(action.number);
      }
    }
  }

  fsm fsm_;
  std::map<std::uint64_t, nanoseconds> timers_;
  nanoseconds now_{};
};

}  // namespace

TEST_CASE("postponed events come again after a change, in their order", "[statem_fsm][S-019]") {
  bench b;
  b.comes("a", {.postpones = true});
  b.comes("b", {.postpones = true});
  CHECK(b.rest() == "");
  b.comes("go", {.step = changed});
  CHECK(b.rest() == "a b");
  b.comes("go", {.step = changed});
  CHECK(b.rest() == "");
}

TEST_CASE("without a change of the state nothing is tried again", "[statem_fsm][S-016][S-020]") {
  bench b;
  b.comes("a", {.postpones = true});
  b.comes("stay", {.step = kept});
  b.comes("repeat", {.step = repeated});
  CHECK(b.rest() == "");
}

TEST_CASE("an event that is postponed again keeps its place", "[statem_fsm][S-021]") {
  bench b;
  b.comes("a", {.postpones = true});
  b.comes("b", {.postpones = true});
  b.comes("go", {.step = changed});
  CHECK(b.next({.postpones = true}) == "a");
  CHECK(b.next({.step = changed}) == "b");
  CHECK(b.rest() == "a");
}

TEST_CASE("an event that is postponed by the transition that it causes comes again at once",
          "[statem_fsm][S-019]") {
  bench b;
  b.comes("a", {.step = changed, .postpones = true});
  CHECK(b.rest() == "a");
}

TEST_CASE("inserted events come first, in their order, then those tried again",
          "[statem_fsm][S-023][S-024]") {
  bench b;
  b.comes("old", {.postpones = true});
  b.comes("go", {.step = changed, .inserted = {"i1", "i2"}});
  CHECK(b.next({.inserted = {"i3"}}) == "i1");
  CHECK(b.rest() == "i3 i2 old");
}

TEST_CASE("timeouts of zero come when nothing waits", "[statem_fsm][S-037][S-041]") {
  bench b;
  b.comes("old", {.postpones = true});
  b.comes("go", {.step = changed, .inserted = {"i"}, .timeouts = {start(state_key(), 0ns, "st")}});
  CHECK(b.rest() == "i old st");
}

TEST_CASE("timeouts of zero come in the order in which they were asked for",
          "[statem_fsm][S-039]") {
  bench b;
  b.comes("go", {.timeouts = {start(named_key(1), 0ns, "n1"), start(state_key(), 0ns, "st"),
                              start(named_key(2), -1ns, "n2")}});
  CHECK(b.rest() == "n1 st n2");
  b.comes("again", {.timeouts = {start(state_key(), 0ns, "a"), start(named_key(1), 0ns, "b"),
                                 start(state_key(), 0ns, "c")}});
  CHECK(b.rest() == "b c");
}

TEST_CASE("a timeout of zero that is asked for again goes to the end", "[statem_fsm][S-039]") {
  bench b;
  b.comes("go", {.timeouts = {start(named_key(1), 0ns, "n1"), start(named_key(2), 0ns, "n2"),
                              start(named_key(3), 0ns, "n3")}});
  CHECK(b.next({.timeouts = {start(named_key(2), 0ns, "again")}}) == "n1");
  CHECK(b.rest() == "n3 again");
}

TEST_CASE("any event cancels the event timeout", "[statem_fsm][S-031][S-038][S-042]") {
  SECTION("one from the mailbox") {
    bench b;
    b.comes("go", {.timeouts = {start(event_key(), 5ns, "ev")}});
    b.comes("x");
    CHECK(b.timers() == 0);
    CHECK(b.passes(10ns) == "");
  }
  SECTION("an inserted one") {
    bench b;
    b.comes("go", {.inserted = {"i"}, .timeouts = {start(event_key(), 0ns, "ev")}});
    CHECK(b.rest() == "i");
  }
  SECTION("one that is tried again") {
    bench b;
    b.comes("old", {.postpones = true});
    b.comes("go", {.step = changed, .timeouts = {start(event_key(), 0ns, "ev")}});
    CHECK(b.rest() == "old");
  }
  SECTION("another timeout") {
    bench b;
    b.comes("go", {.timeouts = {start(event_key(), 9ns, "ev"), start(named_key(1), 5ns, "n")}});
    CHECK(b.passes(20ns) == "n");
    b.comes("go", {.timeouts = {start(named_key(1), 0ns, "n"), start(event_key(), 0ns, "ev")}});
    CHECK(b.rest() == "n");
    b.comes("go", {.timeouts = {start(event_key(), 0ns, "ev"), start(named_key(1), 0ns, "n")}});
    CHECK(b.rest() == "ev n");
  }
}

TEST_CASE("an event timeout survives a change of the state", "[statem_fsm][S-032][S-033]") {
  bench b;
  b.comes("go", {.step = changed, .timeouts = {start(event_key(), 5ns, "ev")}});
  CHECK(b.passes(4ns) == "");
  CHECK(b.passes(10ns) == "ev");
}

TEST_CASE("a state timeout comes once, after its time, whatever else comes",
          "[statem_fsm][S-026]") {
  bench b;
  b.comes("go", {.timeouts = {start(state_key(), 5ns, "st")}});
  CHECK(b.passes(3ns) == "");
  b.comes("x");
  CHECK(b.passes(30ns) == "st");
}

TEST_CASE("a change of the state cancels its timeout", "[statem_fsm][S-016][S-027][S-028][S-029]") {
  bench b;
  b.comes("go", {.timeouts = {start(state_key(), 5ns, "st")}});
  b.comes("same", {.step = kept});
  b.comes("repeat", {.step = repeated});
  CHECK(b.timers() == 1);
  b.comes("away", {.step = changed});
  CHECK(b.timers() == 0);
  CHECK(b.passes(10ns) == "");
  b.comes("back", {.step = changed, .timeouts = {start(state_key(), 5ns, "new")}});
  CHECK(b.passes(10ns) == "new");
  b.comes("go", {.inserted = {"i"}, .timeouts = {start(state_key(), 0ns, "st")}});
  CHECK(b.next({.step = changed}) == "i");
  CHECK(b.rest() == "");
}

TEST_CASE("a timeout that is set again starts again, and infinity or cancel ends it",
          "[statem_fsm][S-030][S-036]") {
  for (const auto key : {state_key(), named_key(1)}) {
    bench b;
    b.comes("go", {.timeouts = {start(key, 5ns, "one")}});
    b.passes(3ns);
    b.comes("go", {.timeouts = {start(key, 5ns, "two")}});
    CHECK(b.passes(4ns) == "");
    CHECK(b.passes(4ns) == "two");
    b.comes("go", {.timeouts = {start(key, 5ns, "three")}});
    b.comes("go", {.timeouts = {start(key, nanoseconds::max(), "four")}});
    CHECK(b.passes(10ns) == "");
    b.comes("go", {.timeouts = {start(key, 5ns, "five")}});
    b.comes("go", {.timeouts = {cancel(key)}});
    CHECK(b.passes(10ns) == "");
  }
}

TEST_CASE("named timeouts are independent of events, states and each other",
          "[statem_fsm][S-034][S-035]") {
  bench b;
  b.comes("go", {.timeouts = {start(named_key(1), 8ns, "red"), start(named_key(2), 5ns, "blue")}});
  b.comes("x");
  b.comes("move", {.step = changed});
  CHECK(b.passes(20ns) == "blue red");
}

TEST_CASE("an update changes what comes and not when", "[statem_fsm][S-040]") {
  bench b;
  b.comes("go", {.timeouts = {start(state_key(), 5ns, "old")}});
  b.passes(3ns);
  b.comes("up", {.timeouts = {update(state_key(), "new")}});
  CHECK(b.passes(3ns) == "new");
  b.comes("go", {.inserted = {"i"},
                 .timeouts = {start(named_key(1), 0ns, "a"), start(named_key(2), 0ns, "b")}});
  CHECK(b.next({.timeouts = {update(named_key(1), "c")}}) == "i");
  CHECK(b.rest() == "c b");
}

TEST_CASE("an update of a timeout that does not run comes at once", "[statem_fsm][S-040]") {
  bench b;
  b.comes("up", {.timeouts = {update(state_key(), "u"), update(named_key(1), "v")}});
  CHECK(b.rest() == "u v");
}

TEST_CASE("the last of several actions for one timeout counts", "[statem_fsm][S-030]") {
  bench b;
  b.comes("go", {.timeouts = {start(state_key(), 5ns, "a"), cancel(state_key())}});
  CHECK(b.passes(10ns) == "");
  b.comes("go", {.timeouts = {start(state_key(), 5ns, "a")}});
  b.comes("go", {.timeouts = {cancel(state_key()), update(state_key(), "b")}});
  CHECK(b.rest() == "");
  CHECK(b.passes(10ns) == "b");
}

TEST_CASE("enter is called at the start, after a change and after a repetition",
          "[statem_fsm][S-013][S-014][S-015][S-016]") {
  bench b{true};
  CHECK(b.start_up());
  b.comes("stay");
  CHECK(b.enter_calls == 0);
  b.comes("repeat", {.step = repeated});
  CHECK(b.enter_calls == 1);
  b.comes("go", {.step = changed});
  CHECK(b.enter_calls == 2);
  bench without{false};
  CHECK_FALSE(without.start_up());
  without.comes("go", {.step = changed});
  CHECK(without.enter_calls == 0);
}

TEST_CASE("what enter asks for comes after what the transition asked for", "[statem_fsm][S-017]") {
  bench b{true};
  b.asked_by_enter = {start(named_key(1), 0ns, "enter"), start(state_key(), 0ns, "by enter")};
  b.comes("go", {.step = changed,
                 .timeouts = {start(state_key(), 0ns, "by go"), start(named_key(2), 0ns, "go")}});
  CHECK(b.rest() == "go enter by enter");
}

TEST_CASE("what start asks for comes before anything else", "[statem_fsm][S-011]") {
  bench b;
  b.start_up({.inserted = {"first"}, .timeouts = {start(state_key(), 5ns, "st")}});
  CHECK(b.rest() == "first");
  CHECK(b.passes(5ns) == "st");
}

// ---- random machines

namespace {

/// A step of a random machine: what the handler, and the enter call after it, ask for.
struct answer {
  fsm::outcome asked;
  fsm::timeout_requests by_enter;
};

class random_handlers {
 public:
  explicit random_handlers(std::uint64_t seed) : random_{seed} {}

  answer handle() {
    answer a;
    a.asked.step = pick(3) == 0 ? changed : pick(6) == 0 ? repeated : kept;
    a.asked.postpones = pick(3) == 0;
    // Fewer than one on average, so that it comes to rest.
    if (pick(4) == 0) {
      for (auto n = pick(3); n > 0; --n) a.asked.inserted.push_back(fmt::format("i{}", ++events_));
    }
    a.asked.timeouts = timeouts();
    a.by_enter = timeouts();
    return a;
  }
  int pick(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

 private:
  fsm::timeout_requests timeouts() {
    fsm::timeout_requests all;
    if (pick(3) != 0) return all;
    for (auto n = 1 + pick(3); n > 0; --n) {
      const auto which = pick(5);
      const auto key = which == 0 ? event_key() : which == 1 ? state_key() : named_key(which);
      auto content = fmt::format("t{}", ++events_);
      const auto kind = pick(12);
      if (kind == 0) {
        all.push_back(cancel(key));
      } else if (kind == 1) {
        all.push_back(update(key, content));
      } else if (kind == 2) {
        all.push_back(start(key, nanoseconds::max(), content));
      } else {
        all.push_back(start(key, kind < 5 ? 0ns : nanoseconds{1 + pick(20)}, content));
      }
    }
    return all;
  }

  std::mt19937_64 random_;
  int events_ = 0;
};

/// The same rules told in another way: the events in front of the mailbox are one list, postponed ones
/// are kept newest first, every timeout stands in a map with its due time, and one of zero is due now
/// and has a rank.
class reference {
 public:
  using trace_type = std::vector<std::string>;
  reference(bool enters, random_handlers& handlers) : enters_{enters}, handlers_{handlers} {}

  trace_type trace;

  void comes(const std::string& event) {
    handle(event);
    drain();
  }
  void passes(nanoseconds time) {
    const auto until = now_ + time;
    for (;;) {
      auto due = running_.end();
      for (auto it = running_.begin(); it != running_.end(); ++it) {
        if (it->second.rank != 0 || it->second.due > until) continue;
        if (due == running_.end() || std::pair{it->second.due, it->second.order} <
                                         std::pair{due->second.due, due->second.order}) {
          due = it;
        }
      }
      if (due == running_.end()) break;
      now_ = due->second.due;
      fire(due);
      drain();
    }
    now_ = until;
  }

 private:
  struct running {
    nanoseconds due;
    int order;  ///< Of equal times the one set first comes first.
    int rank;   ///< Not zero: a timeout of zero, and its place among them.
    std::string content;
  };
  using key = std::pair<int, int>;

  static key of(const fsm::timeout_key& k) { return {static_cast<int>(k.kind), k.name}; }

  void fire(std::map<key, running>::iterator it) {
    const auto event = it->second.content;
    running_.erase(it);
    handle(event);
  }

  void drain() {
    for (;;) {
      if (!queue_.empty()) {
        const auto event = queue_.front();
        queue_.pop_front();
        handle(event);
        continue;
      }
      auto first = running_.end();
      for (auto it = running_.begin(); it != running_.end(); ++it) {
        if (it->second.rank == 0) continue;
        if (first == running_.end() || it->second.rank < first->second.rank) first = it;
      }
      if (first == running_.end()) return;
      fire(first);
    }
  }

  void handle(const std::string& event) {
    running_.erase(of(event_key()));
    trace.push_back(event);
    auto [asked, by_enter] = handlers_.handle();
    if (asked.postpones) postponed_newest_first_.push_front(event);
    if (asked.step == changed) {
      for (const auto& old : postponed_newest_first_) queue_.push_front(old);
      postponed_newest_first_.clear();
      running_.erase(of(state_key()));
    }
    auto place = queue_.begin();
    for (const auto& inserted : asked.inserted) queue_.insert(place, inserted);
    auto timeouts = asked.timeouts;
    if (enters_ && asked.step != kept) {
      trace.push_back("enter");
      timeouts.insert(timeouts.end(), by_enter.begin(), by_enter.end());
    }
    // From the back, as the last one for each timeout counts; then in order.
    std::list<fsm::timeout_request> effective;
    std::vector<key> seen;
    for (auto it = timeouts.rbegin(); it != timeouts.rend(); ++it) {
      if (std::find(seen.begin(), seen.end(), of(it->key)) != seen.end()) continue;
      seen.push_back(of(it->key));
      effective.push_front(*it);
    }
    for (const auto& each : effective) set(each);
  }

  void set(const fsm::timeout_request& asked) {
    const auto k = of(asked.key);
    const auto it = running_.find(k);
    if (asked.what == fsm::request::update && it != running_.end()) {
      it->second.content = asked.event;
      return;
    }
    running_.erase(k);
    if (asked.what == fsm::request::cancel || asked.time == nanoseconds::max()) return;
    const bool zero = asked.what == fsm::request::update || asked.time == 0ns;
    running_[k] = {now_ + asked.time, ++order_, zero ? order_ : 0, asked.event};
  }

  bool enters_;
  random_handlers& handlers_;
  std::list<std::string> queue_;
  std::list<std::string> postponed_newest_first_;
  std::map<key, running> running_;
  nanoseconds now_{};
  int order_ = 0;
};

/// The fsm, driven as machine_behaviour drives it.
class subject {
 public:
  subject(bool enters, random_handlers& handlers) : fsm_{enters}, handlers_{handlers} {}

  std::vector<std::string> trace;

  void comes(std::string event) {
    fsm_.received();
    handle(std::move(event));
    drain();
  }
  void passes(nanoseconds time) {
    const auto until = now_ + time;
    for (;;) {
      const auto due = std::min_element(timers_.begin(), timers_.end(), [](auto& a, auto& b) {
        return std::pair{a.second, a.first} < std::pair{b.second, b.first};
      });
      if (due == timers_.end() || due->second > until) break;
      now_ = due->second;
      const auto number = due->first;
      timers_.erase(due);
      if (auto event = fsm_.fired(number)) handle(*std::move(event));
      drain();
    }
    now_ = until;
  }

 private:
  void drain() {
    for (;;) {
      auto event = fsm_.next();
      apply();
      if (!event) return;
      handle(*std::move(event));
    }
  }
  void handle(std::string event) {
    trace.push_back(event);
    auto [asked, by_enter] = handlers_.handle();
    if (fsm_.handled(std::move(event), std::move(asked))) {
      trace.push_back("enter");
      fsm_.entered(std::move(by_enter));
    }
    apply();
  }
  void apply() {
    for (const auto& action : fsm_.timer_actions()) {
      if (action.time) {
        timers_[action.number] = now_ + *action.time;
      } else {
        timers_.erase(action.number);
      }
    }
  }

  fsm fsm_;
  random_handlers& handlers_;
  std::map<std::uint64_t, nanoseconds> timers_;
  nanoseconds now_{};
};

/// Up to 200 things happen to a machine with random handlers.
template <class Machine>
std::string life_of(std::uint64_t seed) {
  random_handlers handlers{seed};
  random_handlers world{~seed};
  Machine machine{seed % 2 == 0, handlers};
  for (int i = 0; i < 40 && machine.trace.size() < 200; ++i) {
    if (world.pick(3) == 0) {
      machine.passes(nanoseconds{world.pick(15)});
    } else {
      machine.comes(fmt::format("e{}", i));
    }
  }
  std::string all;
  for (const auto& each : machine.trace) all += each + " ";
  return all;
}

}  // namespace

TEST_CASE("random machines handle what the reference handles", "[statem_fsm][model]") {
  for (std::uint64_t seed = 1; seed <= sequences(2000); ++seed) {
    INFO("seed " << seed);
    REQUIRE(life_of<subject>(seed) == life_of<reference>(seed));
  }
}
