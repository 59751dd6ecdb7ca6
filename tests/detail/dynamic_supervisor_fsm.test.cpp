#include "detail/dynamic_supervisor_world.hpp"
#include "support/catch.hpp"
#include <otp/detail/dynamic_supervisor_fsm.hpp>

#include <chrono>
#include <string>
#include <vector>

using namespace supervision_test;
using driver = dynamic_driver;

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
