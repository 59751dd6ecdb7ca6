#include "detail/sequences.hpp"
#include "detail/supervisor_world.hpp"
#include "support/catch.hpp"
#include <otp/detail/dynamic_supervisor_fsm.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace supervision_test;
using otp_test::sequences;
namespace dynamic = otp::detail::dynamic;
using otp::child_type;
using otp::start_failure;

namespace {

// Children are named by the number of their first start: c1, c2, ... A start gives a fresh pid, or
// what `next_starts` says. At the end of all, children stop when the test says so.
class driver {
 public:
  explicit driver(std::size_t max_children = 1000, otp::restart_intensity intensity = plenty)
      : machine{max_children, intensity} {}

  otp::detail::dynamic_supervisor_fsm machine;
  nanoseconds now{0};
  std::deque<outcome> next_starts;
  std::optional<habit> next_habit;  // of the child that is terminated
  std::deque<pid> retries;
  std::optional<nanoseconds> awaiting_until;
  std::optional<exit_reason> finished;
  lines trace;
  std::uint64_t starts = 0;

  void feed(dynamic::event event) {
    awaiting_until.reset();
    for (std::optional<dynamic::event> next = std::move(event); next;) {
      const auto actions = machine.decide(*next);
      next.reset();
      for (const dynamic::action& action : actions) {
        REQUIRE_FALSE((next || awaiting_until));  // an action that takes time is the last one
        next = std::visit([this](const auto& what) { return perform(what); }, action);
      }
    }
  }

  // The pid, or nobody.
  pid add(restart when = restart::permanent, otp::shutdown_policy shutdown = {},
          child_type type = child_type::worker) {
    outcome_.reset();
    feed(supervision::add_child{{.start = [this] { return start(); },
                                 .restart = when,
                                 .shutdown = shutdown,
                                 .type = type}});
    return outcome_ && *outcome_ ? **outcome_ : pid{};
  }
  const start_failure& failure() const { return outcome_.value().error(); }

  void crash(pid process, exit_reason why = "boom"s) {
    feed(supervision::child_exited{process, std::move(why), now});
  }
  bool terminate(pid process) {
    feed(dynamic::terminate_child{process});
    return found_;
  }
  void retry() {
    const pid process = retries.front();
    retries.pop_front();
    feed(dynamic::retry_due{process, now});
  }
  void stop() { feed(dynamic::stop{now}); }
  void time_is_up() {
    now = *awaiting_until;
    feed(dynamic::deadline_passed{now});
  }

  lines done() { return std::exchange(trace, {}); }
  otp::child_counts counts() const { return machine.count_children(); }

  static std::string name(pid process) { return "p" + std::to_string(process.serial); }

 private:
  using next_event = std::optional<dynamic::event>;

  otp::result<pid, start_failure> start() {
    ++starts;
    outcome planned = up;
    if (!next_starts.empty()) {
      planned = next_starts.front();
      next_starts.pop_front();
    }
    if (planned.how == outcome::kind::fails) return otp::failure{start_failure{planned.why, false}};
    if (planned.how == outcome::kind::ignored) return otp::failure{start_failure{{}, true}};
    return pid{0, 0, ++last_serial_};
  }

  next_event perform(const dynamic::start_child&) {
    const auto child = machine.current_start()();
    if (child) {
      trace.push_back("start " + name(*child));
      return supervision::child_up{*child};
    }
    trace.push_back(child.error().ignored ? "start ignored" : "start fails");
    if (child.error().ignored) return supervision::child_ignored{};
    return supervision::child_failed{child.error().reason};
  }
  next_event perform(const supervision::send_exit& exit) {
    told_ = exit.reason;
    trace.push_back((told_ == reason::kill ? "kill " : "exit ") + name(exit.process));
    return std::nullopt;
  }
  next_event perform(const supervision::await_exit&) {
    if (told_ == reason::kill) return supervision::child_gone{reason::killed};
    const habit manner = std::exchange(next_habit, std::nullopt).value_or(habit{});
    if (manner.overruns) return supervision::child_overran{};
    return supervision::child_gone{manner.ends_with.value_or(reason::shutdown)};
  }
  next_event perform(const dynamic::await_exits& await) {
    awaiting_until = await.until;
    return std::nullopt;
  }
  next_event perform(const dynamic::retry& retry) {
    retries.push_back(retry.process);
    return std::nullopt;
  }
  next_event perform(const dynamic::started& started) {
    outcome_ = started.outcome;
    return std::nullopt;
  }
  next_event perform(const dynamic::terminated& terminated) {
    found_ = terminated.found;
    return std::nullopt;
  }
  next_event perform(const supervision::report& report) {
    trace.push_back(text_of(report) + " " + name(report.child.process));
    return std::nullopt;
  }
  next_event perform(const supervision::finish& finish) {
    finished = finish.reason;
    trace.push_back("finish " + finish.reason.to_string());
    return std::nullopt;
  }

  std::optional<otp::result<pid, start_failure>> outcome_;
  bool found_ = false;
  exit_reason told_;
  std::uint64_t last_serial_ = 0;
};

}  // namespace

TEST_CASE(
    "a dynamic supervisor starts without children and adds them as it is asked (D-001, D-002)") {
  driver sup;
  CHECK(sup.counts() == otp::child_counts{});
  const pid first = sup.add();
  CHECK(first);
  const pid second = sup.add(restart::permanent, {}, child_type::supervisor);
  CHECK(second != first);
  CHECK(sup.counts() == otp::child_counts{2, 2, 1, 1});
  sup.terminate(second);
  CHECK(sup.counts() == otp::child_counts{1, 1, 0, 1});
}

TEST_CASE("a dynamic child that fails or ignores its start is not kept (D-002, D-008, D-016)") {
  driver sup;
  sup.next_starts = {fails("busy"s), ignored};
  CHECK_FALSE(sup.add());
  CHECK((sup.failure() == start_failure{"busy"s, false}));
  CHECK_FALSE(sup.add());
  CHECK(sup.failure().ignored);
  CHECK(sup.counts() == otp::child_counts{});
  CHECK(sup.done() == lines{"start fails", "start ignored"});  // and nothing is reported
}

TEST_CASE("dynamic children need no id, and it is not kept (D-003)") {
  driver sup;
  sup.add();
  CHECK(sup.machine.which_children().front().id.empty());
}

TEST_CASE("a wrong spec is refused by a dynamic supervisor (D-004)") {
  driver sup;
  CHECK_FALSE(sup.add(restart::permanent, -1s));
  CHECK(sup.failure().reason.get<otp::invalid_child_specs>() != nullptr);
  CHECK(sup.starts == 0);
}

TEST_CASE("beyond max_children nothing is started (D-005, D-006)") {
  driver sup{2};
  sup.next_starts = {fails("busy"s), ignored};
  sup.add();
  sup.add();
  CHECK(sup.add());
  const pid second = sup.add();
  CHECK(second);
  const auto starts = sup.starts;
  CHECK_FALSE(sup.add());
  CHECK((sup.failure().reason == otp::refusal::max_children));
  CHECK(sup.starts == starts);
  sup.terminate(second);
  CHECK(sup.add());
}

TEST_CASE("with max_children 0 every start is refused (D-006)") {
  driver sup{0};
  CHECK_FALSE(sup.add());
}

TEST_CASE("a restarting child keeps its place, and restarts do not look at the limit (D-006)") {
  driver sup{1};
  const pid only = sup.add();
  sup.next_starts = {fails("busy"s)};
  sup.crash(only);
  CHECK_FALSE(sup.add());
  sup.retry();
  CHECK(sup.counts() == otp::child_counts{1, 1, 0, 1});
}

TEST_CASE("a dynamic child that ended without need of a restart is forgotten (D-010)") {
  driver sup{1000, {.max_restarts = 0, .within = 60s}};
  sup.crash(sup.add(restart::transient), reason::normal);
  sup.crash(sup.add(restart::transient), reason::shutdown("x"s));
  sup.crash(sup.add(restart::temporary), "boom"s);
  CHECK(sup.counts() == otp::child_counts{});
  CHECK(sup.done() ==
        lines{"start p1", "start p2", "start p3", "report child_terminated  boom p3"});
}

TEST_CASE("a dynamic child that needs a restart gets one and is known by its new pid (D-009)") {
  driver sup;
  const pid before = sup.add();
  sup.crash(before, reason::normal);
  CHECK(sup.done() == lines{"start p1", "report child_terminated  normal p1", "start p2"});
  CHECK_FALSE(sup.terminate(before));
  CHECK(sup.terminate(pid{0, 0, 2}));
}

TEST_CASE("a restart that is ignored forgets the dynamic child (D-010)") {
  driver sup;
  const pid child = sup.add();
  sup.next_starts = {ignored};
  sup.crash(child);
  CHECK(sup.counts() == otp::child_counts{});
  CHECK(sup.retries.empty());
}

TEST_CASE("a restart that fails is retried, and the child listed under its old pid (D-011)") {
  driver sup;
  const pid child = sup.add();
  sup.next_starts = {fails("busy"s), fails("busy"s)};
  sup.crash(child);
  const otp::child_info info = sup.machine.which_children().front();
  CHECK(info.process == child);
  CHECK(info.state == child_state::restarting);
  CHECK(sup.counts() == otp::child_counts{1, 0, 0, 1});
  sup.retry();
  sup.retry();
  CHECK(sup.counts() == otp::child_counts{1, 1, 0, 1});
  CHECK(sup.done() == lines{"start p1", "report child_terminated  boom p1", "start fails",
                            "report start_error  busy p1", "start fails",
                            "report start_error  busy p1", "start p2"});
}

TEST_CASE("each attempt counts, and one too many ends the dynamic supervisor (D-011, D-012)") {
  driver sup{1000, {.max_restarts = 2, .within = 60s}};
  const pid other = sup.add();
  const pid child = sup.add();
  sup.next_starts = {fails("busy"s), fails("busy"s)};
  sup.crash(child);
  sup.retry();
  sup.done();
  sup.retry();
  CHECK(sup.done() == lines{"report shutdown  reached_max_restart_intensity p2", "exit p1"});
  sup.crash(other, reason::shutdown);
  CHECK(sup.done() == lines{"finish shutdown"});
}

TEST_CASE("terminate_child stops a dynamic child and forgets it, even a permanent one (D-009)") {
  driver sup;
  const pid child = sup.add();
  CHECK(sup.terminate(child));
  CHECK_FALSE(sup.terminate(child));
  CHECK_FALSE(sup.terminate(pid{}));
  CHECK(sup.counts() == otp::child_counts{});
  CHECK(sup.done() == lines{"start p1", "exit p1"});
}

TEST_CASE(
    "terminate_child kills a dynamic child that overruns, or at once if so specified (D-009)") {
  driver sup;
  const pid slow = sup.add(restart::permanent, 10ms);
  const pid brutal = sup.add(restart::permanent, otp::brutal_kill);
  sup.done();
  sup.next_habit = habit{.overruns = true};
  CHECK(sup.terminate(slow));
  CHECK(sup.terminate(brutal));
  CHECK(sup.done() == lines{"exit p1", "kill p1", "report shutdown_error  killed p1", "kill p2"});
}

TEST_CASE("terminating a restarting dynamic child by its old pid ends the retrying (D-009)") {
  driver sup;
  const pid child = sup.add();
  sup.next_starts = {fails("busy"s)};
  sup.crash(child);
  sup.done();
  CHECK(sup.terminate(child));
  sup.retry();
  CHECK(sup.done() == lines{});
  CHECK(sup.counts() == otp::child_counts{});
}

TEST_CASE("exits of strangers, and a second exit of a child, change nothing") {
  driver sup;
  const pid child = sup.add(restart::temporary);
  sup.crash(child);
  sup.done();
  sup.crash(child);
  sup.crash(pid{0, 0, 77});
  CHECK(sup.done() == lines{});
}

TEST_CASE("at the end all dynamic children are told at once and awaited together (D-013)") {
  driver sup;
  const pid a = sup.add();
  const pid b = sup.add(restart::permanent, otp::brutal_kill);
  const pid c = sup.add(restart::temporary, otp::infinity);
  sup.done();
  sup.stop();
  CHECK(sup.done() == lines{"exit p1", "kill p2", "exit p3"});
  CHECK(*sup.awaiting_until == 5s);
  sup.crash(a, reason::shutdown);
  CHECK(*sup.awaiting_until == otp::infinity);
  sup.crash(c, reason::normal);
  CHECK_FALSE(sup.finished);
  sup.crash(b, reason::killed);
  CHECK(sup.done() == lines{"finish shutdown"});
}

TEST_CASE("each dynamic child has a deadline of its own and is killed after it (D-013)") {
  driver sup;
  const pid slow = sup.add(restart::permanent, 3s);
  const pid quick = sup.add(restart::permanent, 1s);
  const pid middle = sup.add(restart::permanent, 2s);
  const pid also_quick = sup.add(restart::permanent, 1s);
  sup.done();
  sup.now = 10s;
  sup.stop();
  CHECK(*sup.awaiting_until == 11s);
  sup.crash(middle, reason::shutdown);
  sup.done();
  sup.time_is_up();
  CHECK(sup.done() == lines{"kill p2", "kill p4"});
  CHECK(*sup.awaiting_until == 13s);
  sup.crash(quick, reason::killed);
  sup.crash(also_quick, reason::killed);
  CHECK(sup.done() ==
        lines{"report shutdown_error  killed p2", "report shutdown_error  killed p4"});
  sup.time_is_up();
  CHECK(sup.done() == lines{"kill p1"});
  CHECK(*sup.awaiting_until == otp::infinity);
  sup.crash(slow, reason::killed);
  CHECK(sup.done() == lines{"report shutdown_error  killed p1", "finish shutdown"});
}

TEST_CASE("a dynamic child that is gone before its deadline is not killed (D-013)") {
  driver sup;
  sup.add(restart::permanent, 1s);
  const pid in_time = sup.add(restart::permanent, 1s);
  sup.add(restart::permanent, 1s);
  sup.stop();
  sup.crash(in_time, reason::shutdown);
  sup.done();
  sup.time_is_up();
  CHECK(sup.done() == lines{"kill p1", "kill p3"});
}

TEST_CASE("the exit of a stranger does not end the wait for dynamic children") {
  driver sup;
  const pid child = sup.add();
  sup.stop();
  sup.crash(pid{0, 0, 77});
  CHECK(*sup.awaiting_until == 5s);
  sup.crash(child, reason::shutdown);
  CHECK((sup.finished == exit_reason{reason::shutdown}));
}

TEST_CASE("a dynamic supervisor without children finishes at once") {
  driver sup;
  sup.stop();
  CHECK(sup.done() == lines{"finish shutdown"});
}

TEST_CASE("restarting dynamic children are not waited for at the end") {
  driver sup;
  const pid child = sup.add();
  sup.next_starts = {fails("busy"s)};
  sup.crash(child);
  sup.done();
  sup.stop();
  CHECK(sup.done() == lines{"finish shutdown"});
}

TEST_CASE("only unexpected ends are reported while dynamic children stop (D-014)") {
  struct row {
    restart type;
    exit_reason why;
    bool reported;
  };
  const std::vector<row> table{
      {restart::permanent, reason::shutdown, false},
      {restart::permanent, reason::shutdown("x"s), false},
      {restart::permanent, reason::normal, true},
      {restart::permanent, "boom"s, true},
      {restart::transient, reason::normal, false},
      {restart::temporary, reason::normal, false},
      {restart::temporary, reason::killed, true},
  };
  for (const row& each : table) {
    driver sup;
    const pid child = sup.add(each.type);
    sup.stop();
    sup.done();
    sup.crash(child, each.why);
    INFO(static_cast<int>(each.type) << " " << each.why.to_string());
    CHECK(sup.done().size() == (each.reported ? 2U : 1U));
  }
}

TEST_CASE("dynamic children are listed newest first, whatever their pids hash to (D-015)") {
  driver sup;
  for (int i = 0; i < 50; ++i) sup.add();
  sup.crash(pid{0, 0, 10});  // comes back as 51, in the place of 10
  const auto children = sup.machine.which_children();
  REQUIRE(children.size() == 50);
  CHECK(children.front().process.serial == 50);
  CHECK(children[40].process.serial == 51);
  CHECK(children.back().process.serial == 1);
}

// ---- against a second account of the same rules

namespace {

// A plain list of children; what the machine keeps in a hash table is searched for here.
class reference {
 public:
  reference(std::size_t max_children, otp::restart_intensity intensity)
      : max_{max_children}, intensity_{intensity} {}

  struct kid {
    pid process;
    restart when;
    otp::shutdown_policy shutdown;
    bool restarting = false;
  };
  std::vector<kid> kids;
  std::deque<outcome> next_starts;
  std::deque<pid> retries;
  nanoseconds now{0};
  lines trace;
  bool ending = false;

  void add(restart when, otp::shutdown_policy shutdown) {
    if (kids.size() >= max_) return;
    if (const auto process = start()) kids.push_back({*process, when, shutdown});
  }

  void exited(pid process, const exit_reason& why) {
    const auto it = find(process);
    if (it == kids.end() || it->restarting) return;
    if (ending) {
      const bool as_asked =
          why.type() == exit_reason::kind::shutdown ||
          (it->when != restart::permanent && why == reason::normal) ||
          (it->shutdown == otp::shutdown_policy{otp::brutal_kill} && why == reason::killed);
      if (!as_asked) report("shutdown_error", why, process);
      kids.erase(it);
      if (kids.empty()) trace.push_back("finish shutdown");
      return;
    }
    if (it->when == restart::permanent || !why.is_orderly()) {
      report("child_terminated", why, process);
    }
    if (it->when == restart::permanent || (it->when == restart::transient && !why.is_orderly())) {
      return again(*it);
    }
    kids.erase(it);
  }

  void retry() {
    const auto it = find(retries.front());
    retries.pop_front();
    if (it != kids.end()) again(*it);
  }

  void terminate(pid process) {
    const auto it = find(process);
    if (it == kids.end()) return;
    if (!it->restarting) {
      trace.push_back((it->shutdown.is_brutal_kill() ? "kill " : "exit ") + driver::name(process));
    }
    kids.erase(it);
  }

  void stop() {
    ending = true;
    std::erase_if(kids, [](const kid& k) { return k.restarting; });
    for (const kid& k : kids) {
      trace.push_back((k.shutdown.is_brutal_kill() ? "kill " : "exit ") + driver::name(k.process));
    }
    if (kids.empty()) trace.push_back("finish shutdown");
  }

 private:
  std::vector<kid>::iterator find(pid process) {
    return std::find_if(kids.begin(), kids.end(),
                        [&](const kid& k) { return k.process == process; });
  }

  std::optional<pid> start() {
    outcome planned = up;
    if (!next_starts.empty()) {
      planned = next_starts.front();
      next_starts.pop_front();
    }
    failure_ = planned.why;
    ignored_ = planned.how == outcome::kind::ignored;
    if (planned.how == outcome::kind::up) {
      trace.push_back("start p" + std::to_string(++last_serial_));
      return pid{0, 0, last_serial_};
    }
    trace.push_back(ignored_ ? "start ignored" : "start fails");
    return std::nullopt;
  }

  void again(kid& k) {
    std::size_t recent = 0;
    for (const nanoseconds then : history_) recent += now - then <= intensity_.within ? 1U : 0U;
    if (recent >= intensity_.max_restarts) {
      report("shutdown", otp::reached_max_restart_intensity{}, k.process);
      kids.erase(find(k.process));
      return stop();
    }
    history_.push_back(now);
    const pid old = k.process;
    if (const auto process = start()) {
      k.process = *process;
      k.restarting = false;
    } else if (ignored_) {
      kids.erase(find(old));
    } else {
      report("start_error", failure_, old);
      k.restarting = true;
      retries.push_back(old);
    }
  }

  void report(const std::string& kind, const exit_reason& why, pid process) {
    trace.push_back("report " + kind + "  " + why.to_string() + " " + driver::name(process));
  }

  std::size_t max_;
  otp::restart_intensity intensity_;
  std::vector<nanoseconds> history_;
  std::uint64_t last_serial_ = 0;
  exit_reason failure_;
  bool ignored_ = false;
};

exit_reason random_reason(std::mt19937_64& random) {
  switch (random() % 5) {
    case 0:
      return reason::normal;
    case 1:
      return reason::shutdown;
    case 2:
      return reason::shutdown("x"s);
    case 3:
      return reason::killed;
    default:
      return "boom"s;
  }
}

void step(std::mt19937_64& random, driver& machine, reference& model) {
  if (random() % 5 == 0) {
    const outcome next = random() % 2 == 0 ? ignored : fails("busy"s);
    machine.next_starts = {next};
    model.next_starts = {next};
  }
  const pid somebody{0, 0, 1 + random() % (machine.starts + 2)};
  switch (random() % 8) {
    case 0:
    case 1:
    case 2: {
      const auto when = static_cast<restart>(random() % 3);
      const auto shutdown =
          random() % 3 == 0 ? otp::shutdown_policy{otp::brutal_kill} : otp::shutdown_policy{5s};
      machine.add(when, shutdown);
      return model.add(when, shutdown);
    }
    case 3:
      machine.terminate(somebody);
      return model.terminate(somebody);
    case 4:
      machine.now += 1ns;
      model.now += 1ns;
      return;
    case 5:
      if (machine.retries.empty() || model.retries.empty()) return;
      machine.retry();
      return model.retry();
    default: {
      const exit_reason why = random_reason(random);
      machine.crash(somebody, why);
      return model.exited(somebody, why);
    }
  }
}

void compare(std::uint64_t seed, const driver& machine, const reference& model) {
  INFO("seed " << seed);
  REQUIRE(machine.trace == model.trace);
  const auto children = machine.machine.which_children();
  REQUIRE(children.size() == model.kids.size());
  for (std::size_t i = 0; i < children.size(); ++i) {
    const auto& expected = model.kids[model.kids.size() - 1 - i];
    REQUIRE(children[i].process == expected.process);
    REQUIRE((children[i].state == child_state::restarting) == expected.restarting);
  }
}

}  // namespace

TEST_CASE("the dynamic machine and its reference agree on random sequences of events") {
  for (std::uint64_t seed = 1; seed <= sequences(2000); ++seed) {
    std::mt19937_64 random{seed};
    const std::size_t max_children = 1 + random() % 8;
    const otp::restart_intensity intensity{
        .max_restarts = static_cast<std::uint32_t>(random() % 8),
        .within = nanoseconds{1 + static_cast<std::int64_t>(random() % 10)}};
    driver machine{max_children, intensity};
    reference model{max_children, intensity};
    for (int i = 0; i < 60 && !model.ending; ++i) {
      step(random, machine, model);
      compare(seed, machine, model);
    }
    if (!model.ending) {
      machine.stop();
      model.stop();
    }
    while (!model.kids.empty()) {
      compare(seed, machine, model);
      const pid next = model.kids[random() % model.kids.size()].process;
      const exit_reason why = random_reason(random);
      machine.crash(next, why);
      model.exited(next, why);
    }
    compare(seed, machine, model);
    REQUIRE((machine.finished == exit_reason{reason::shutdown}));
  }
}
