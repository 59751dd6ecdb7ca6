// Supervisors' state machines with a backoff: what is done at once, what after the wait, and what
// ends it.
#include "detail/sequences.hpp"
#include "detail/supervisor_world.hpp"
#include "support/catch.hpp"
#include <otp/detail/dynamic_supervisor_fsm.hpp>
#include <otp/detail/supervisor_fsm.hpp>

#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace supervision_test;
using driver = supervisor_driver;
namespace dynamic = otp::detail::dynamic;

namespace {

const otp::restart_backoff doubling{.base = 1s, .max = 4s, .reset_after = 60s};

driver started(strategy how, std::vector<child_spec> specs,
               otp::restart_intensity intensity = plenty,
               const otp::restart_backoff& backoff = doubling) {
  driver sup{otp::supervisor_spec{.strategy = how,
                                  .intensity = intensity,
                                  .backoff = backoff,
                                  .children = std::move(specs)}};
  sup.boot();
  sup.forget();
  return sup;
}

std::vector<child_spec> kids(const std::string& ids) {
  std::vector<child_spec> specs;
  for (const char id : ids) specs.push_back(kid(std::string{id}));
  return specs;
}

std::string states(const driver& sup, const std::string& ids) {
  std::string all;
  for (const char id : ids) all += std::string{id} + " " + sup.state(std::string{id}) + " ";
  return all;
}

}  // namespace

TEST_CASE("a child that ended is restarting until its wait is over, its siblings run") {
  driver sup = started(strategy::one_for_one, kids("abc"));
  sup.crash("b");
  CHECK(sup.done().empty());
  CHECK(sup.waits == std::vector<nanoseconds>{1s});
  CHECK(states(sup, "abc") == "a running b restarting c running ");
  CHECK_FALSE(sup.pid_of("b"));
  CHECK(sup.machine.count_children() == otp::child_counts{3, 2, 0, 3});
  sup.retry();
  CHECK(sup.done() == lines{"start b"});
  CHECK(sup.state("b") == "running");
}

TEST_CASE("rest_for_one stops those after the child at once, and starts them after the wait") {
  driver sup = started(strategy::rest_for_one, kids("abcd"));
  sup.crash("b");
  CHECK(sup.done() == lines{"exit d", "exit c"});
  CHECK(states(sup, "abcd") == "a running b restarting c stopped d stopped ");
  sup.retry();
  CHECK(sup.done() == lines{"start b", "start c", "start d"});
}

TEST_CASE("one_for_all stops all at once, temporary ones for good, and starts the rest later") {
  driver sup = started(strategy::one_for_all,
                       {kid("a"), kid("t", restart::temporary), kid("b"), kid("c")});
  sup.crash("b");
  CHECK(sup.done() == lines{"exit c", "exit t", "exit a"});
  CHECK(states(sup, "atbc") == "a stopped t removed b restarting c stopped ");
  sup.retry();
  CHECK(sup.done() == lines{"start a", "start b", "start c"});
}

TEST_CASE("the report of a child's end comes before its wait, as ever (V-084)") {
  driver sup = started(strategy::one_for_all, kids("ab"));
  sup.crash("a");
  CHECK(sup.children.trace == lines{"report child_terminated a boom", "exit b"});
}

TEST_CASE("each child has waits of its own, longer each time") {
  driver sup = started(strategy::one_for_one, kids("ab"));
  for (int i = 0; i < 4; ++i) {
    sup.crash("a");
    sup.now += sup.waits.back();
    sup.retry();
  }
  sup.crash("b");
  CHECK(sup.waits == std::vector<nanoseconds>{1s, 2s, 4s, 4s, 1s});
}

TEST_CASE("after a quiet the waits of a child begin anew") {
  driver sup = started(strategy::one_for_one, kids("a"));
  for (const auto runs : {0s, 59s, 60s, 0s}) {
    sup.now += runs;
    sup.crash("a");
    sup.now += sup.waits.back();
    sup.retry();
  }
  CHECK(sup.waits == std::vector<nanoseconds>{1s, 2s, 1s, 2s});
}

TEST_CASE("a restart that fails is followed by a longer wait, and begins where it failed (V-036)") {
  driver sup = started(strategy::rest_for_one, kids("abc"));
  sup.children.plans["b"] = {fails("busy"s), fails("busy"s)};
  sup.crash("a");
  sup.forget();
  sup.retry();
  CHECK(sup.done() == lines{"start a", "start b fails busy"});
  CHECK(states(sup, "abc") == "a running b restarting c stopped ");
  sup.retry();
  CHECK(sup.done() == lines{"start b fails busy"});
  sup.retry();
  CHECK(sup.done() == lines{"start b", "start c"});
  CHECK(sup.waits == std::vector<nanoseconds>{1s, 1s, 2s});
}

TEST_CASE("terminate_child ends the wait; what is due later finds nothing to do (V-065)") {
  driver sup = started(strategy::rest_for_one, kids("abc"));
  sup.crash("b");
  sup.terminate("b");
  CHECK(sup.replies() == lines{"reply ok"});
  CHECK(states(sup, "abc") == "a running b stopped c stopped ");
  sup.retry();
  CHECK(sup.children.trace.empty());
  sup.revive("b");
  CHECK(sup.state("b") == "running");
}

TEST_CASE("a child that waits is neither started again nor deleted by hand (V-066, V-067)") {
  driver sup = started(strategy::one_for_one, kids("a"));
  sup.crash("a");
  sup.forget();
  sup.revive("a");
  sup.remove("a");
  sup.add(kid("a"));
  CHECK(sup.replies() ==
        lines{"reply error(restarting)", "reply error(restarting)", "reply error(already_present)"});
}

TEST_CASE("siblings that were started during the wait are stopped and started with the group") {
  driver sup = started(strategy::one_for_all, kids("abc"));
  sup.crash("b");
  sup.revive("c");
  sup.add(kid("d"));
  sup.forget();
  sup.retry();
  CHECK(sup.done() == lines{"exit d", "exit c", "start a", "start b", "start c", "start d"});
}

TEST_CASE("a child that fails while a later one waits takes that along, and its ticket is void") {
  driver sup = started(strategy::rest_for_one, kids("abc"));
  sup.crash("b");
  sup.crash("a");
  CHECK(sup.done() == lines{"exit c"});
  CHECK(states(sup, "abc") == "a restarting b stopped c stopped ");
  sup.retry();
  CHECK(sup.done().empty());
  sup.retry();
  CHECK(sup.done() == lines{"start a", "start b", "start c"});
}

TEST_CASE("a supervisor that is stopped during a wait stops what runs, and ends") {
  driver sup = started(strategy::one_for_one, kids("abc"));
  sup.crash("b");
  sup.stop();
  CHECK(sup.done() == lines{"exit c", "exit a", "finish shutdown"});
}

TEST_CASE("a restart counts when it is made: waits that are long enough are no intensity (V-048)") {
  driver sup = started(strategy::one_for_one, kids("a"), {.max_restarts = 1, .within = 1s},
                       {.base = 2s});
  for (int i = 0; i < 10; ++i) {
    sup.crash("a");
    sup.now += 2s;
    sup.retry();
  }
  CHECK(sup.state("a") == "running");
  CHECK_FALSE(sup.finished);
}

TEST_CASE("a supervisor gives up at once when a restart after the wait would be too many (V-044)") {
  driver none = started(strategy::one_for_one, kids("ab"), {.max_restarts = 0});
  none.crash("a");
  CHECK(none.children.trace ==
        lines{"report child_terminated a boom",
              "report shutdown a reached_max_restart_intensity", "exit b", "finish shutdown"});

  driver sup = started(strategy::one_for_one, kids("ab"), {.max_restarts = 2, .within = 5s});
  for (int i = 0; i < 2; ++i) {
    sup.crash("a");
    sup.now += sup.waits.back();
    sup.retry();
  }
  sup.crash("b");  // its restart would be the third within 5 s
  CHECK((sup.finished == exit_reason{reason::shutdown}));
}

TEST_CASE("attempts that fail count each, and the one too many ends the supervisor (V-047)") {
  driver sup = started(strategy::one_for_one, kids("ab"), {.max_restarts = 2, .within = 60s});
  sup.children.plans["b"] = {fails("busy"s), fails("busy"s)};
  sup.crash("b");
  for (int i = 0; i < 3; ++i) {
    CHECK_FALSE(sup.finished);
    sup.now += sup.waits.back();
    sup.retry();
  }
  CHECK(sup.done() ==
        lines{"start b fails busy", "start b fails busy", "exit a", "finish shutdown"});
}

TEST_CASE("a significant child that waits counts as alive (V-077)") {
  auto significant = [](std::string id) {
    auto spec = kid(std::move(id), restart::transient);
    spec.significant = true;
    return spec;
  };
  driver sup{otp::supervisor_spec{.intensity = plenty,
                                  .backoff = doubling,
                                  .auto_shutdown = otp::auto_shutdown::all_significant,
                                  .children = {significant("a"), significant("b")}}};
  sup.boot();
  sup.crash("a");
  sup.crash("b", reason::normal);
  CHECK_FALSE(sup.finished);
  sup.retry();
  sup.crash("a", reason::normal);
  CHECK(sup.finished);
}

// Whether it is a supervisor with a backoff or not, the same happens in the same order, if nothing
// else happens while a child waits.
TEST_CASE("waits during which nothing happens change nothing but the time") {
  for (std::uint64_t seed = 1; seed <= otp_test::sequences(2000); ++seed) {
    std::mt19937_64 random{seed};
    const auto how = static_cast<strategy>(random() % 3);
    const otp::restart_intensity intensity{
        .max_restarts = static_cast<std::uint32_t>(random() % 8), .within = 100ns};
    std::vector<child_spec> specs;
    for (const char id : {'a', 'b', 'c', 'd'}) {
      specs.push_back(kid(std::string{id}, static_cast<restart>(random() % 3)));
    }
    const auto backed_off = [&](otp::restart_backoff backoff) {
      return driver{otp::supervisor_spec{
          .strategy = how, .intensity = intensity, .backoff = backoff, .children = specs}};
    };
    driver plain = backed_off({});
    driver waiting = backed_off({.base = 1ns, .max = 8ns, .jitter = 0.5});
    const auto both = [&](auto act) {
      for (driver* each : {&plain, &waiting}) {
        act(*each);
        while (!each->retries.empty() && !each->finished) each->retry();
      }
    };
    both([](driver& sup) { sup.boot(); });
    for (int i = 0; i < 40 && !plain.finished; ++i) {
      const std::string id{static_cast<char>('a' + random() % 5)};
      const auto what = random() % 8;
      const auto failures = random() % 3;
      const auto passed = nanoseconds{static_cast<std::int64_t>(random() % 3) * 40};
      both([&](driver& sup) {
        sup.now += passed;
        switch (what) {
          case 0: sup.terminate(id); break;
          case 1: sup.revive(id); break;
          case 2: sup.add(kid(id)); break;
          default:
            if (sup.state(id) != "running") break;
            sup.children.plans[id] = std::deque<outcome>(failures, fails("busy"s));
            sup.crash(id, what < 4 ? reason::normal : exit_reason{"boom"s});
        }
      });
      INFO("seed " << seed << " step " << i);
      REQUIRE(plain.machine.which_children().size() == waiting.machine.which_children().size());
      REQUIRE(plain.done() == waiting.done());
      REQUIRE(plain.finished == waiting.finished);
    }
  }
}

// ---- dynamic supervisors

namespace {

// What is decided, as one line for each action; children come up as p1, p2, ...
class crowd {
 public:
  crowd(otp::restart_intensity intensity, const otp::restart_backoff& backoff)
      : machine{10, intensity, backoff, 1} {}

  otp::detail::dynamic_supervisor_fsm machine;

  static pid process(std::uint64_t serial) { return {0, 0, serial}; }

  lines feed(const dynamic::event& event) {
    lines story;
    for (const auto& action : machine.decide(event)) {
      story.push_back(std::visit([](const auto& what) { return text(what); }, action));
    }
    return story;
  }
  pid add() {
    feed(supervision::add_child{kid({})});
    return up();
  }
  pid up() {
    feed(supervision::child_up{process(++serial_)});
    return process(serial_);
  }
  lines crash(pid which, nanoseconds now) {
    return feed(supervision::child_exited{which, exit_reason{"boom"s}, now});
  }

 private:
  static std::string text(const dynamic::start_child&) { return "start"; }
  static std::string text(const dynamic::retry& retry) {
    return fmt::format("wait {} ms", retry.after.count() / 1'000'000);
  }
  static std::string text(const supervision::report& report) { return text_of(report); }
  static std::string text(const dynamic::terminated& reply) { return reply.found ? "ok" : "?"; }
  static std::string text(const supervision::finish&) { return "finish"; }
  template <class Other>
  static std::string text(const Other&) {
    return "something";
  }

  std::uint64_t serial_ = 0;
};

}  // namespace

TEST_CASE("a dynamic child waits too: restarting, under its old pid, longer each time (D-011)") {
  crowd sup{plenty, doubling};
  auto child = sup.add();
  nanoseconds now{0};
  for (const auto* wait : {"wait 1000 ms", "wait 2000 ms", "wait 4000 ms", "wait 4000 ms"}) {
    CHECK(sup.crash(child, now) == lines{"report child_terminated  boom", wait});
    CHECK(sup.machine.count_children() == otp::child_counts{1, 0, 0, 1});
    CHECK(sup.machine.which_children().at(0).process == child);
    CHECK(sup.machine.which_children().at(0).state == child_state::restarting);
    now += 4s;
    CHECK(sup.feed(dynamic::retry_due{child, now}) == lines{"start"});
    child = sup.up();
  }
  now += 60s;
  CHECK(sup.crash(child, now).back() == "wait 1000 ms");
}

TEST_CASE("a dynamic child's restart that fails waits longer before the next") {
  crowd sup{plenty, doubling};
  const auto child = sup.add();
  sup.crash(child, 0s);
  sup.feed(dynamic::retry_due{child, 1s});
  CHECK(sup.feed(supervision::child_failed{exit_reason{"busy"s}}) ==
        lines{"report start_error  busy", "wait 2000 ms"});
}

TEST_CASE("a dynamic child that waits can be terminated by its old pid (D-009)") {
  crowd sup{plenty, doubling};
  const auto child = sup.add();
  sup.crash(child, 0s);
  CHECK(sup.feed(dynamic::terminate_child{child}) == lines{"ok"});
  CHECK(sup.feed(dynamic::retry_due{child, 1s}).empty());
  CHECK(sup.machine.count_children().specs == 0);
}

TEST_CASE("a dynamic supervisor gives up at once when a restart would be too many (D-012)") {
  crowd sup{{.max_restarts = 0}, doubling};
  CHECK(sup.crash(sup.add(), 0s) ==
        lines{"report child_terminated  boom", "report shutdown  reached_max_restart_intensity",
              "finish"});
}
