// What a supervisor decides, as events in and actions out. One file, though long: the cases tell one story
// after the other in the words of supervisor_world.hpp, and a rule is seldom about one event only.
#include "detail/supervisor_world.hpp"
#include "support/catch.hpp"
#include <otp/detail/supervisor_fsm.hpp>

#include <chrono>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace supervision_test;
using driver = supervisor_driver;
using otp::detail::affected;
using otp::detail::child_range;

namespace {

driver started(strategy how, std::vector<child_spec> specs,
               otp::restart_intensity intensity = plenty) {
  driver sup{how, intensity, std::move(specs)};
  sup.boot();
  sup.forget();
  return sup;
}

std::vector<child_spec> kids(const std::string& ids) {
  std::vector<child_spec> specs;
  for (const char id : ids) specs.push_back(kid(std::string{id}));
  return specs;
}

}  // namespace

// ---- starting

TEST_CASE("children start in the order of the list (V-012)") {
  driver sup{strategy::one_for_one, plenty, kids("abc")};
  sup.boot();
  CHECK(sup.done() == lines{"start a", "start b", "start c"});
}

TEST_CASE("the next child is started only when the one before is up (V-012)") {
  otp::detail::supervisor_fsm machine{{.intensity = plenty, .children = kids("ab")}};
  const auto first = machine.decide(supervision::boot{});
  REQUIRE(first.size() == 1);
  CHECK(std::get<supervision::start_child>(first.back()).index == 0);
  const auto second = machine.decide(supervision::child_up{pid{0, 1, 1}});
  CHECK(std::get<supervision::start_child>(second.back()).index == 1);
}

TEST_CASE("a child that fails to start rolls back the earlier ones in reverse order (V-013)") {
  driver sup{strategy::one_for_one, plenty, kids("abcd")};
  sup.children.plans["c"] = {fails("boom"s)};
  sup.boot();
  CHECK(sup.children.trace == lines{"start a", "report progress a normal", "start b",
                                    "report progress b normal", "start c fails boom",
                                    "report start_error c boom", "exit b", "exit a",
                                    "finish shutdown(failed to start child \"c\": boom)"});
  CHECK((*sup.finished == reason::shutdown(otp::failed_to_start_child{"c", "boom"s})));
}

TEST_CASE("the failure of a nested supervisor nests in the reason (V-013)") {
  const exit_reason inner = reason::shutdown(otp::failed_to_start_child{"leaf", "boom"s});
  driver sup{strategy::one_for_one, plenty, kids("i")};
  sup.children.plans["i"] = {fails(inner)};
  sup.boot();
  CHECK((*sup.finished == reason::shutdown(otp::failed_to_start_child{"i", inner})));
}

TEST_CASE("a child that ignores its start keeps its spec, a temporary one does not (V-016)") {
  driver sup{strategy::one_for_one,
             plenty,
             {kid("a"), kid("b"), kid("c", restart::temporary), kid("d", restart::transient)}};
  for (const auto* id : {"b", "c", "d"}) sup.children.plans[id] = {ignored};
  sup.boot();
  CHECK(sup.done() == lines{"start a", "start b ignored", "start c ignored", "start d ignored"});
  CHECK(sup.state("b") == "stopped");
  CHECK(sup.state("c") == "removed");
  CHECK(sup.state("d") == "stopped");
  CHECK(sup.machine.count_children() == otp::child_counts{3, 1, 0, 3});
  sup.revive("b");
  CHECK(sup.state("b") == "running");
}

TEST_CASE("an exit that waited in the mailbox during the start is an ordinary crash (V-017)") {
  driver sup = started(strategy::one_for_one, kids("ab"));
  sup.crash("a", reason::killed);
  CHECK(sup.done() == lines{"start a"});
}

// ---- exits and restarts

TEST_CASE("the restart type and the reason decide about a restart (V-021 to V-024)") {
  struct row {
    restart type;
    exit_reason why;
    const char* state;
    bool reported;
  };
  const exit_reason with_detail = reason::shutdown("x"s);
  const std::vector<row> table{
      {restart::permanent, reason::normal, "running", true},
      {restart::permanent, reason::shutdown, "running", true},
      {restart::permanent, with_detail, "running", true},
      {restart::permanent, "boom"s, "running", true},
      {restart::permanent, reason::killed, "running", true},
      {restart::transient, reason::normal, "stopped", false},
      {restart::transient, reason::shutdown, "stopped", false},
      {restart::transient, with_detail, "stopped", false},
      {restart::transient, "boom"s, "running", true},
      {restart::transient, reason::killed, "running", true},
      {restart::temporary, reason::normal, "removed", false},
      {restart::temporary, reason::shutdown, "removed", false},
      {restart::temporary, with_detail, "removed", false},
      {restart::temporary, "boom"s, "removed", true},
      {restart::temporary, reason::killed, "removed", true},
  };
  for (const row& each : table) {
    driver sup = started(strategy::one_for_one, {kid("x", each.type)});
    const pid before = sup.pid_of("x");
    sup.crash("x", each.why);
    INFO(static_cast<int>(each.type) << " " << each.why.to_string());
    CHECK(sup.state("x") == each.state);
    if (sup.state("x") == "running") CHECK(sup.pid_of("x") != before);
    CHECK(sup.reports() == (each.reported
                                ? sup.state("x") == "running"
                                      ? lines{"report child_terminated x " + each.why.to_string(),
                                              "report progress x normal"}
                                      : lines{"report child_terminated x " + each.why.to_string()}
                                : lines{}));
  }
}

TEST_CASE("the children that a crash affects follow from the strategy (V-025 to V-027)") {
  CHECK(affected(strategy::one_for_one, 1, 4) == child_range{1, 2});
  CHECK(affected(strategy::one_for_all, 1, 4) == child_range{0, 4});
  CHECK(affected(strategy::rest_for_one, 1, 4) == child_range{1, 4});
  CHECK(affected(strategy::rest_for_one, 0, 4) == child_range{0, 4});
  CHECK(affected(strategy::rest_for_one, 3, 4) == child_range{3, 4});
}

TEST_CASE("one_for_one restarts the crashed child and no other (V-025, V-034)") {
  driver sup = started(strategy::one_for_one, kids("abc"));
  const pid a = sup.pid_of("a");
  const pid b = sup.pid_of("b");
  sup.crash("b");
  CHECK(sup.done() == lines{"start b"});
  CHECK(sup.pid_of("a") == a);
  CHECK(sup.pid_of("b") != b);
}

TEST_CASE("one_for_all stops the others in reverse order and starts all in order (V-026)") {
  driver sup = started(strategy::one_for_all, kids("abc"));
  sup.crash("b");
  CHECK(sup.done() == lines{"exit c", "exit a", "start a", "start b", "start c"});
}

TEST_CASE(
    "rest_for_one restarts later siblings in start order, after stopping them in reverse (V-027)") {
  driver sup = started(strategy::rest_for_one, kids("abcd"));
  sup.crash("b");
  CHECK(sup.done() == lines{"exit d", "exit c", "start b", "start c", "start d"});
  sup.crash("d");
  CHECK(sup.done() == lines{"start d"});
  sup.crash("a");
  CHECK(sup.done() ==
        lines{"exit d", "exit c", "exit b", "start a", "start b", "start c", "start d"});
}

TEST_CASE("groups keep the order of the list, whoever was started last (V-028)") {
  driver sup = started(strategy::one_for_all, kids("abc"));
  sup.terminate("a");
  sup.revive("a");
  sup.add(kid("d"));
  sup.forget();
  sup.crash("b");
  CHECK(sup.done() ==
        lines{"exit d", "exit c", "exit a", "start a", "start b", "start c", "start d"});
}

TEST_CASE("a group restart also starts siblings that were stopped before (V-029)") {
  driver sup = started(strategy::one_for_all, {kid("a"), kid("b", restart::transient), kid("c")});
  sup.crash("b", reason::normal);
  sup.terminate("c");
  CHECK(sup.done() == lines{"exit c"});
  sup.crash("a");
  CHECK(sup.done() == lines{"start a", "start b", "start c"});
}

TEST_CASE("a group restart stops temporary siblings and forgets them (V-030)") {
  driver sup = started(strategy::one_for_all, {kid("a"), kid("t", restart::temporary), kid("b"),
                                               kid("u", restart::temporary), kid("c")});
  sup.crash("b");
  CHECK(sup.done() ==
        lines{"exit c", "exit u", "exit t", "exit a", "start a", "start b", "start c"});
  CHECK(sup.state("t") == "removed");
  CHECK(sup.machine.count_children() == otp::child_counts{3, 3, 0, 3});
}

TEST_CASE("an exit that needs no restart disturbs nobody, under any strategy (V-031)") {
  for (const strategy how :
       {strategy::one_for_one, strategy::one_for_all, strategy::rest_for_one}) {
    driver sup = started(
        how, {kid("a"), kid("t", restart::temporary), kid("r", restart::transient), kid("b")});
    sup.crash("t");
    sup.crash("r", reason::shutdown);
    CHECK(sup.done() == lines{});
  }
}

TEST_CASE("stopping siblings for a group restart is not counted (V-032, V-046)") {
  driver sup = started(strategy::one_for_all, kids("abcd"), {.max_restarts = 2, .within = 60s});
  sup.crash("a");
  sup.crash("c");
  CHECK_FALSE(sup.finished);
  sup.crash("b");
  CHECK((sup.finished == exit_reason{reason::shutdown}));
}

TEST_CASE("the late exit message of a child that a group restart found dead is no crash (V-033)") {
  driver sup = started(strategy::one_for_all, kids("abc"));
  const pid dead = sup.pid_of("c");
  sup.children.habits["c"] = {.ends_with = "bang"s};
  sup.crash("a");
  CHECK(sup.reports() == lines{"report child_terminated a boom", "report shutdown_error c bang",
                               "report progress a normal", "report progress b normal",
                               "report progress c normal"});
  sup.feed(supervision::child_exited{dead, "bang"s, sup.now});
  CHECK(sup.children.trace.empty());
}

TEST_CASE("a restart that is ignored succeeds without a process and is not retried (V-035)") {
  driver sup = started(strategy::one_for_one, kids("ab"), {.max_restarts = 1, .within = 60s});
  sup.children.plans["a"] = {ignored};
  sup.crash("a");
  CHECK(sup.state("a") == "stopped");
  CHECK(sup.retries.empty());
  sup.crash("b");  // the budget was used once
  CHECK(sup.finished);
}

TEST_CASE("a restart that fails is reported and retried through the mailbox (V-036 to V-038)") {
  driver sup = started(strategy::one_for_one, kids("ab"), {.max_restarts = 3, .within = 60s});
  sup.children.plans["b"] = {fails("busy"s), fails("busy"s)};
  sup.crash("b");
  CHECK(sup.reports() == lines{"report child_terminated b boom", "report start_error b busy"});
  CHECK(sup.state("b") == "restarting");
  CHECK(sup.machine.count_children() == otp::child_counts{2, 1, 0, 2});
  REQUIRE(sup.retries.size() == 1);
  sup.retry();
  REQUIRE(sup.retries.size() == 1);
  sup.retry();
  CHECK(sup.state("b") == "running");
  CHECK(sup.retries.empty());
  CHECK_FALSE(sup.finished);
}

TEST_CASE("every attempt to restart uses the budget (V-036, V-044)") {
  driver sup = started(strategy::one_for_one, kids("abc"), {.max_restarts = 3, .within = 60s});
  sup.children.plans["b"] = {fails("busy"s), fails("busy"s), fails("busy"s), up};
  sup.crash("b");
  while (!sup.retries.empty()) sup.retry();
  CHECK(sup.done() == lines{"start b fails busy", "start b fails busy", "start b fails busy",
                            "exit c", "exit a", "finish shutdown"});
}

TEST_CASE("terminating a child between two attempts ends the retrying (V-038, V-065)") {
  driver sup = started(strategy::one_for_one, kids("ab"));
  sup.children.plans["b"] = {fails("busy"s)};
  sup.crash("b");
  sup.forget();
  sup.terminate("b");
  CHECK(sup.replies() == lines{"reply ok"});
  sup.retry();
  CHECK(sup.done() == lines{});
  CHECK(sup.state("b") == "stopped");
}

TEST_CASE("a retry that a later attempt has overtaken does nothing") {
  driver sup = started(strategy::one_for_all, kids("ab"));
  sup.children.plans["b"] = {fails("busy"s), fails("busy"s)};
  sup.crash("a");  // a comes up, b does not
  sup.crash("a");  // once more, before the retry is handled
  REQUIRE(sup.retries.size() == 2);
  sup.forget();
  sup.retry();
  CHECK(sup.done() == lines{});
  sup.retry();
  CHECK(sup.done() == lines{"exit a", "start a", "start b"});
}

TEST_CASE("rest_for_one retries from the child that failed on and keeps what came up (V-039)") {
  driver sup = started(strategy::rest_for_one, kids("abcd"));
  sup.children.plans["c"] = {fails("busy"s)};
  sup.crash("b");
  CHECK(sup.done() == lines{"exit d", "exit c", "start b", "start c fails busy"});
  const pid b = sup.pid_of("b");
  CHECK(sup.state("d") == "stopped");
  sup.retry();
  CHECK(sup.done() == lines{"start c", "start d"});
  CHECK(sup.pid_of("b") == b);
}

TEST_CASE("one_for_all retries all: what came up is stopped in reverse order first (V-040)") {
  driver sup = started(strategy::one_for_all, kids("abcd"));
  sup.children.plans["c"] = {fails("busy"s)};
  sup.crash("d");
  CHECK(sup.done() ==
        lines{"exit c", "exit b", "exit a", "start a", "start b", "start c fails busy"});
  sup.retry();
  CHECK(sup.done() == lines{"exit b", "exit a", "start a", "start b", "start c", "start d"});
}

TEST_CASE("exits of processes that are no children are ignored (V-041)") {
  driver sup = started(strategy::one_for_all, kids("ab"));
  sup.feed(supervision::child_exited{pid{0, 99, 99}, "boom"s, sup.now});
  sup.feed(supervision::child_exited{pid{}, "boom"s, sup.now});
  CHECK(sup.children.trace.empty());
}

// ---- intensity

TEST_CASE("the restart after the last one allowed ends the supervisor (V-043, V-044)") {
  driver sup = started(strategy::one_for_one, kids("abc"), {.max_restarts = 2, .within = 60s});
  sup.crash("b");
  sup.crash("b");
  sup.forget();
  const pid last = sup.pid_of("b");
  sup.crash("b");
  CHECK(sup.children.trace == lines{"report child_terminated b boom",
                                    "report shutdown b reached_max_restart_intensity", "exit c",
                                    "exit a", "finish shutdown"});
  CHECK(sup.last_report->child.process == last);
  CHECK((*sup.finished == reason::shutdown));
}

TEST_CASE("with no restarts allowed the first one needed ends the supervisor (V-043)") {
  driver sup = started(strategy::one_for_one, kids("ab"), {.max_restarts = 0, .within = 60s});
  sup.crash("a");
  CHECK(sup.done() == lines{"exit b", "finish shutdown"});
}

TEST_CASE("all children share one budget (V-045)") {
  driver sup = started(strategy::one_for_one, kids("abc"), {.max_restarts = 2, .within = 60s});
  sup.crash("a");
  sup.crash("b");
  CHECK_FALSE(sup.finished);
  sup.crash("c");
  CHECK(sup.finished);
}

TEST_CASE("only restarts count, not other exits and not requests (V-047)") {
  driver sup = started(strategy::one_for_one,
                       {kid("p"), kid("t", restart::temporary), kid("r", restart::transient)},
                       {.max_restarts = 1, .within = 60s});
  sup.crash("t");
  sup.crash("r", reason::normal);
  sup.revive("r");
  sup.terminate("r");
  sup.add(kid("n"));
  sup.children.plans["m"] = {fails("busy"s)};
  sup.add(kid("m"));
  CHECK_FALSE(sup.finished);
  sup.crash("p", reason::normal);  // counts
  CHECK_FALSE(sup.finished);
  sup.crash("p", reason::normal);
  CHECK(sup.finished);
}

TEST_CASE("restarts that are older than the period are forgotten (V-048, V-049)") {
  driver sup = started(strategy::one_for_one, kids("a"), {.max_restarts = 1, .within = 5s});
  for (int i = 0; i < 10; ++i) {
    sup.now += 5s + 1ns;
    sup.crash("a");
  }
  CHECK_FALSE(sup.finished);
  sup.now += 5s;
  sup.crash("a");
  CHECK(sup.finished);
}

// ---- shutdown

TEST_CASE("a supervisor stops its children one at a time in reverse order (V-050, V-058)") {
  driver sup = started(strategy::one_for_one, kids("abc"));
  const auto actions = sup.machine.decide(supervision::stop{});
  REQUIRE(actions.size() == 2);  // c is told and awaited, and nobody else
  CHECK(std::get<supervision::send_exit>(actions[0]).process == sup.pid_of("c"));
  CHECK((std::get<supervision::send_exit>(actions[0]).reason == reason::shutdown));
  CHECK(std::get<supervision::await_exit>(actions[1]).at_most == 5s);
  sup.feed(supervision::child_gone{reason::shutdown});
  CHECK(sup.done() == lines{"exit b", "exit a", "finish shutdown"});
  CHECK(sup.reports() == lines{});
}

TEST_CASE("a child that overruns its time is killed and awaited without limit (V-051)") {
  driver sup =
      started(strategy::one_for_one, {kid("a"), kid("b", restart::permanent, 50ms), kid("c")});
  sup.children.habits["b"] = {.overruns = true};
  sup.stop();
  CHECK(sup.children.trace == lines{"exit c", "exit b", "kill b", "report shutdown_error b killed",
                                    "exit a", "finish shutdown"});
}

TEST_CASE("after the kill there is no time limit (V-051)") {
  driver sup = started(strategy::one_for_one, {kid("b", restart::permanent, 0ms)});
  const auto told = sup.machine.decide(supervision::stop{});
  CHECK(std::get<supervision::await_exit>(told.back()).at_most == 0ms);
  const auto killed = sup.machine.decide(supervision::child_overran{});
  REQUIRE(killed.size() == 2);
  CHECK((std::get<supervision::send_exit>(killed[0]).reason == reason::kill));
  CHECK(std::get<supervision::await_exit>(killed[1]).at_most == otp::infinity);
}

TEST_CASE("brutal_kill kills at once and is not reported (V-052)") {
  driver sup = started(strategy::one_for_one,
                       {kid("a"), kid("b", restart::permanent, otp::brutal_kill), kid("c")});
  sup.stop();
  CHECK(sup.children.trace == lines{"exit c", "kill b", "exit a", "finish shutdown"});
}

TEST_CASE("infinity waits for ever (V-053)") {
  driver sup = started(strategy::one_for_one, {kid("a", restart::permanent, otp::infinity)});
  sup.stop();
  CHECK(sup.allowance == otp::infinity);
}

TEST_CASE("a child that ends otherwise than asked is reported and not restarted (V-055)") {
  struct row {
    restart type;
    exit_reason why;
    bool reported;
  };
  const std::vector<row> table{
      {restart::permanent, reason::shutdown, false},
      {restart::permanent, reason::shutdown("x"s), true},
      {restart::permanent, reason::normal, true},
      {restart::permanent, "boom"s, true},
      {restart::transient, reason::shutdown, false},
      {restart::transient, reason::shutdown("x"s), false},
      {restart::transient, reason::normal, false},
      {restart::transient, "boom"s, true},
      {restart::temporary, reason::normal, false},
      {restart::temporary, "boom"s, true},
  };
  for (const row& each : table) {
    driver sup = started(strategy::one_for_one, {kid("x", each.type)});
    sup.children.habits["x"] = {.ends_with = each.why};
    sup.stop();
    INFO(static_cast<int>(each.type) << " " << each.why.to_string());
    CHECK(sup.children.trace.size() == (each.reported ? 3U : 2U));
    CHECK(sup.done().back() == "finish shutdown");
  }
}

TEST_CASE("children that have no process are not waited for (V-056)") {
  driver sup = started(strategy::one_for_one, kids("abc"));
  sup.terminate("c");
  sup.children.plans["b"] = {fails("busy"s)};
  sup.crash("b");
  sup.forget();
  sup.stop();
  CHECK(sup.done() == lines{"exit a", "finish shutdown"});
}

TEST_CASE("a supervisor that is stopped in the midst of something stops what is running") {
  otp::detail::supervisor_fsm machine{{.intensity = plenty, .children = kids("ab")}};
  static_cast<void>(machine.decide(supervision::boot{}));
  static_cast<void>(machine.decide(supervision::child_up{pid{0, 1, 1}}));
  const auto actions = machine.decide(supervision::stop{});  // the start of b was given up
  REQUIRE(actions.size() == 2);
  CHECK(std::get<supervision::send_exit>(actions[0]).process == pid{0, 1, 1});
}

// ---- requests

TEST_CASE("start_child adds a child as the last one (V-064)") {
  driver sup = started(strategy::one_for_one, kids("ab"));
  sup.add(kid("c"));
  CHECK(sup.replies() == lines{"reply ok(pid)"});
  CHECK(sup.machine.which_children().front().id == "c");
}

TEST_CASE("start_child refuses an id that is in use, and says whether it runs (V-064)") {
  driver sup = started(strategy::one_for_one, kids("ab"));
  sup.add(kid("b"));
  CHECK(sup.replies() == lines{"reply error(already_started)"});
  sup.terminate("b");
  sup.forget();
  sup.add(kid("b"));
  CHECK(sup.replies() == lines{"reply error(already_present)"});
  sup.children.plans["a"] = {fails("busy"s)};
  sup.crash("a");
  sup.forget();
  sup.add(kid("a"));
  CHECK(sup.replies() == lines{"reply error(already_present)"});
}

TEST_CASE("start_child checks the spec first (V-003)") {
  driver sup = started(strategy::one_for_one, {});
  sup.add({.id = "x"});
  CHECK(sup.children.trace == lines{"reply error(invalid_spec)"});
}

TEST_CASE("a child that fails to start at run time leaves no spec and no report (V-064)") {
  driver sup = started(strategy::one_for_one, kids("a"));
  sup.children.plans["c"] = {fails("boom"s)};
  sup.add(kid("c"));
  CHECK(sup.children.trace == lines{"start c fails boom", "reply error(boom)"});
  CHECK(sup.state("c") == "removed");
}

TEST_CASE("a child that ignores its start at run time is kept unless it is temporary (V-064)") {
  driver sup = started(strategy::one_for_one, {});
  sup.children.plans["d"] = {ignored};
  sup.children.plans["t"] = {ignored};
  sup.add(kid("d"));
  sup.add(kid("t", restart::temporary));
  CHECK(sup.replies() == lines{"reply ok", "reply ok"});
  CHECK(sup.state("d") == "stopped");
  CHECK(sup.state("t") == "removed");
}

TEST_CASE("terminate, restart and delete work through the life of a child (V-065 to V-067)") {
  driver sup = started(strategy::one_for_all, kids("ab"), {.max_restarts = 0, .within = 60s});
  sup.remove("b");
  sup.revive("b");
  CHECK(sup.replies() == lines{"reply error(running)", "reply error(running)"});
  sup.terminate("b");
  CHECK(sup.children.trace == lines{"exit b", "reply ok"});
  CHECK(sup.state("b") == "stopped");
  sup.forget();
  sup.terminate("b");
  sup.revive("b");
  CHECK(sup.children.trace ==
        lines{"reply ok", "start b", "report progress b normal", "reply ok(pid)"});
  sup.forget();
  sup.terminate("b");
  sup.remove("b");
  CHECK(sup.state("b") == "removed");
  sup.remove("b");
  sup.revive("b");
  sup.terminate("b");
  CHECK(sup.replies() == lines{"reply ok", "reply ok", "reply error(not_found)",
                               "reply error(not_found)", "reply error(not_found)"});
  CHECK(sup.state("a") == "running");
}

TEST_CASE("a restarting child can be neither restarted nor deleted (V-066, V-067)") {
  driver sup = started(strategy::one_for_one, kids("a"));
  sup.children.plans["a"] = {fails("busy"s)};
  sup.crash("a");
  sup.forget();
  sup.revive("a");
  sup.remove("a");
  CHECK(sup.replies() == lines{"reply error(restarting)", "reply error(restarting)"});
}

TEST_CASE("restart_child that fails leaves the child stopped and is not reported (V-066)") {
  driver sup = started(strategy::one_for_one, kids("a"));
  sup.terminate("a");
  sup.forget();
  sup.children.plans["a"] = {fails("boom"s), ignored};
  sup.revive("a");
  CHECK(sup.children.trace == lines{"start a fails boom", "reply error(boom)"});
  CHECK(sup.state("a") == "stopped");
  CHECK(sup.retries.empty());
  sup.forget();
  sup.revive("a");
  CHECK(sup.children.trace == lines{"start a ignored", "reply ok"});
}

TEST_CASE("terminating a temporary child removes it (V-065)") {
  driver sup = started(strategy::one_for_one, {kid("t", restart::temporary)});
  sup.terminate("t");
  CHECK(sup.state("t") == "removed");
}

TEST_CASE("the children are listed newest first and counted by type (V-068, V-069)") {
  driver sup = started(strategy::one_for_one,
                       {kid("a"), kid("i").with({.type = otp::child_type::supervisor}), kid("c")});
  sup.add(kid("d"));
  sup.terminate("a");
  std::string ids;
  for (const otp::child_info& child : sup.machine.which_children()) ids += child.id;
  CHECK(ids == "dcia");
  CHECK(sup.machine.count_children() == otp::child_counts{4, 3, 1, 3});
}

TEST_CASE("a spec is kept with its defaults written out (V-070)") {
  driver sup = started(strategy::one_for_one, {kid("a")});
  REQUIRE(sup.machine.find_spec("a") != nullptr);
  CHECK(sup.machine.find_spec("a")->shutdown == otp::shutdown_policy{5s});
  CHECK(sup.machine.find_spec("b") == nullptr);
}

// ---- reports

TEST_CASE("a supervisor reports starts, failures and giving up, in order (V-082 to V-084)") {
  driver sup{strategy::one_for_one,
             {.max_restarts = 2, .within = 60s},
             {kid("a"), kid("b"), kid("c", restart::transient), kid("d", restart::temporary)}};
  sup.children.plans["b"] = {up, fails("busy"s)};
  sup.boot();
  sup.crash("c", reason::normal);
  sup.crash("d");
  sup.crash("b");
  sup.retry();
  sup.crash("b");
  CHECK(sup.reports() == lines{"report progress a normal", "report progress b normal",
                               "report progress c normal", "report progress d normal",
                               "report child_terminated d boom", "report child_terminated b boom",
                               "report start_error b busy", "report progress b normal",
                               "report child_terminated b boom",
                               "report shutdown b reached_max_restart_intensity"});
}

TEST_CASE("a report describes the child as it was (V-083)") {
  driver sup = started(strategy::one_for_one, {kid("x", restart::temporary, 2s)});
  const pid was = sup.pid_of("x");
  sup.crash("x");
  CHECK(sup.last_report->child == otp::child_info{"x", was, child_state::running,
                                                  otp::child_type::worker, restart::temporary, 2s});
}

// ---- significant children

namespace {

child_spec significant(std::string id, restart when) {
  auto spec = kid(std::move(id), when);
  spec.significant = true;
  return spec;
}

supervisor_driver with_significant(otp::auto_shutdown when) {
  return {strategy::one_for_one, plenty,
          {kid("a"), significant("b", restart::transient), significant("c", restart::temporary)},
          when};
}

}  // namespace

TEST_CASE("the first significant child that ends for good ends the supervisor (V-076)") {
  auto sup = with_significant(otp::auto_shutdown::any_significant);
  sup.boot();
  sup.forget();
  sup.crash("b", reason::normal);
  CHECK(sup.done() == lines{"exit c", "exit a", "finish shutdown"});
}

TEST_CASE("the last significant child that lives ends the supervisor (V-077)") {
  auto sup = with_significant(otp::auto_shutdown::all_significant);
  sup.boot();
  sup.forget();
  sup.crash("c");
  CHECK(sup.done() == lines{});
  sup.crash("b", reason::shutdown);
  CHECK(sup.done() == lines{"exit a", "finish shutdown"});
}

TEST_CASE("a restart, a termination and an insignificant child end no supervisor (V-078)") {
  auto sup = with_significant(otp::auto_shutdown::any_significant);
  sup.boot();
  sup.crash("b");
  sup.terminate("c");
  sup.crash("a", reason::normal);
  sup.add(kid("d", restart::transient));
  sup.crash("d", reason::normal);
  CHECK_FALSE(sup.finished);
  CHECK(sup.state("b") == "running");
}

TEST_CASE("a terminated significant child does not count as alive (V-078)") {
  auto sup = with_significant(otp::auto_shutdown::all_significant);
  sup.boot();
  sup.terminate("b");
  CHECK(sup.state("b") == "stopped");
  sup.crash("c");
  CHECK(sup.finished == reason::shutdown);
}

TEST_CASE("significant children are refused where they make no sense (V-075)") {
  auto never = with_significant(otp::auto_shutdown::any_significant);
  never.boot();
  never.forget();
  never.add(significant("d", restart::permanent));
  CHECK(never.replies() == lines{"reply error(invalid_spec)"});
  supervisor_driver plain{strategy::one_for_one, plenty, {}};
  plain.boot();
  plain.add(significant("d", restart::transient));
  CHECK(plain.replies() == lines{"reply error(invalid_spec)"});
}
