// Supervisors as processes. The rules themselves are tested in detail/supervisor_fsm.test.cpp; here it is
// shown that the processes follow them.
#include "support/catch.hpp"
#include "support/family.hpp"
#include <otp/log.hpp>
#include <otp/supervisor.hpp>

#include <chrono>
#include <deque>
#include <memory>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

using namespace otp_test;
using otp::child_state;
using otp::restart;
using otp::strategy;
using otp::supervisor_spec;
using sup_ref = otp::server_ref<otp::supervisor>;

namespace {

std::string counts(const sup_ref& sup) {
  const auto c = otp::count_children(sup);
  return fmt::format("{} specs {} active {} supervisors {} workers", c.specs, c.active,
                     c.supervisors, c.workers);
}

std::string state_of(const sup_ref& sup, const std::string& id) {
  for (const auto& child : otp::which_children(sup)) {
    if (child.id != id) continue;
    switch (child.state) {
      case child_state::running:
        return "running";
      case child_state::stopped:
        return "stopped";
      case child_state::restarting:
        return "restarting";
    }
  }
  return "removed";
}

template <class T>
std::string text_of(const otp::result<T, otp::child_error>& outcome) {
  if (!outcome) return fmt::format("{}", outcome.error().what);
  if constexpr (std::is_same_v<T, otp::pid>) {
    return *outcome ? "ok(pid)" : "ok";
  } else {
    return "ok";
  }
}

// Sends the supervisor the exit signal of its parent; the story, and how the supervisor ended.
std::string ended(const family& home, const sup_ref& sup,
                  otp::exit_reason why = otp::reason::shutdown) {
  otp::exit(sup.pid(), std::move(why));
  const auto how = exit_heard(sup.pid());
  return home.told() + " / " + how;
}

}  // namespace

TEST_CASE("a supervisor starts its children in order and stops them in reverse (V-012, V-050)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(supervisor_spec{.children = kids(home, "abc")});
          home.say("started");
          return ended(home, sup);
        }) ==
        "a starts, b starts, c starts, started, c stops: shutdown, b stops: shutdown, "
        "a stops: shutdown / shutdown");
}

TEST_CASE("a child that fails to start takes the earlier ones and the supervisor down (V-013)") {
  CHECK(always([] {
          const family home;
          home.plan("c", {fails_with("boom"s)});
          const auto outcome = otp::try_start_link(supervisor_spec{.children = kids(home, "abcd")});
          return home.told() + " / " + outcome.error().reason.to_string();
        }) ==
        "a starts, b starts, c fails, b stops: shutdown, a stops: shutdown / "
        "shutdown(failed to start child \"c\": boom)");
}

TEST_CASE("a supervisor whose specs are wrong starts nothing (V-004)") {
  CHECK(always([] {
          const family home;
          const auto outcome = otp::try_start_link(supervisor_spec{.children = kids(home, "aba")});
          const auto* wrong = outcome.error().reason.get<otp::invalid_child_specs>();
          return home.told() + " / " + (wrong == nullptr ? "?" : wrong->mistakes.at(0).id);
        }) == " / a");
}

TEST_CASE("a supervisor's name is taken before any child is started (V-008)") {
  CHECK(always([] {
          const family home;
          const auto first = otp::start_link(supervisor_spec{.name = "tree"});
          const auto second =
              otp::try_start_link(supervisor_spec{.name = "tree", .children = kids(home, "a")});
          const auto* taken = second.error().reason.get<otp::already_started>();
          return home.told() + " / " +
                 (taken != nullptr && taken->holder == first.pid() ? "taken" : "?");
        }) == " / taken");
}

TEST_CASE("a start function may throw, exit or return what start_link throws (V-014)") {
  const auto reason_of = [](otp::child_start start) {
    return always([start = std::move(start)] {
      otp::this_process::trap_exit(true);
      const auto outcome =
          otp::try_start_link(supervisor_spec{.children = {{.id = "x", .start = start}}});
      return outcome.error().reason.to_string();
    });
  };
  CHECK(reason_of([]() -> otp::pid { throw std::runtime_error{"oops"}; }) ==
        "shutdown(failed to start child \"x\": thrown by the start function: "
        "std::runtime_error: oops)");
  CHECK(reason_of([]() -> otp::pid { otp::exit("gone"s); }) ==
        "shutdown(failed to start child \"x\": thrown by the start function: gone)");
  CHECK(reason_of([]() -> otp::pid { throw otp::start_error{otp::exit_reason{"busy"s}}; }) ==
        "shutdown(failed to start child \"x\": busy)");
}

TEST_CASE("a child that ignores its start is there without a process (V-016)") {
  CHECK(always([] {
          const family home;
          home.plan("b", {is_ignored});
          const auto sup = otp::start_link(supervisor_spec{.children = kids(home, "abc")});
          auto story = home.told() + " / " + state_of(sup, "b") + " / " + counts(sup);
          story += " / " + text_of(otp::restart_child(sup, "b"));
          return story + " / " + counts(sup);
        }) ==
        "a starts, b ignored, c starts / stopped / 3 specs 2 active 0 supervisors 3 workers / "
        "ok(pid) / 3 specs 3 active 0 supervisors 3 workers");
}

TEST_CASE(
    "a child killed while its supervisor still starts others is restarted afterwards (V-017)") {
  CHECK(always([] {
          const family home;
          auto specs = kids(home, "ab");
          const auto first = std::make_shared<otp::pid>();
          specs[0].start = [first, start = specs[0].start] {
            auto started = start();
            *first = *started;
            return started;
          };
          specs[1].start = [first, home, start = specs[1].start] {
            otp::exit(*first, otp::reason::kill);
            until([&] { return !otp::is_alive(*first); });
            home.say("a is killed");
            return start();
          };
          nursery born;
          const auto sup = otp::start_link(supervisor_spec{.children = std::move(specs)});
          born.up("a");
          born.up("a");
          return home.told() + " / " + counts(sup);
        }) ==
        "a starts, a is killed, b starts, a starts / 2 specs 2 active 0 supervisors 2 workers");
}

TEST_CASE(
    "a child that calls its own supervisor while that waits for it hears of the deadlock (V-019)") {
  CHECK(always([] {
          const family home;
          const auto call_up = [home] {
            try {
              otp::count_children(otp::name<otp::supervisor>{"tree"});
              home.say("answered");
            } catch (const otp::exit_error& error) {
              const bool deadlock =
                  error.reason().root().type() == otp::exit_reason::kind::deadlock;
              home.say(deadlock ? "deadlock" : error.what());
            }
          };
          auto specs = kids(home, "a");
          specs.push_back(kid_spec(home, "b", {.on_start = call_up, .on_stop = call_up}));
          const auto sup =
              otp::start_link(supervisor_spec{.name = "tree", .children = std::move(specs)});
          return ended(home, sup);
        }) ==
        "a starts, deadlock, b starts, b stops: shutdown, deadlock, a stops: shutdown / shutdown");
}

TEST_CASE("one_for_one restarts the crashed child and leaves its siblings alone (V-025)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(supervisor_spec{.children = kids(home, "abc")});
          const auto before = otp::which_children(sup);
          const auto b = born.up("b");
          crash(b);
          const auto again = born.up("b");
          const auto after = otp::which_children(sup);
          const bool same = before[0] == after[0] && before[2] == after[2];
          return home.told() + (same && again != b ? " / same siblings" : " / ?");
        }) == "a starts, b starts, c starts, b stops: boom, b starts / same siblings");
}

TEST_CASE("one_for_all stops the siblings in reverse and starts all in order (V-026)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              supervisor_spec{.strategy = strategy::one_for_all, .children = kids(home, "abc")});
          born.up("c");
          crash(born.up("b"));
          born.up("c");
          return home.told() + " / " + counts(sup);
        }) ==
        "a starts, b starts, c starts, b stops: boom, c stops: shutdown, a stops: shutdown, "
        "a starts, b starts, c starts / 3 specs 3 active 0 supervisors 3 workers");
}

TEST_CASE("rest_for_one restarts the crashed child and those after it (V-027)") {
  CHECK(always([] {
          const family home;
          nursery born;
          otp::start_link(
              supervisor_spec{.strategy = strategy::rest_for_one, .children = kids(home, "abcd")});
          born.up("d");
          crash(born.up("b"));
          born.up("d");
          return home.told();
        }) ==
        "a starts, b starts, c starts, d starts, b stops: boom, d stops: shutdown, "
        "c stops: shutdown, b starts, c starts, d starts");
}

TEST_CASE("the restart type decides for real processes, also for one that is killed",
          "[V-021][V-022][V-023][V-024]") {
  const auto outcome = [](restart type, otp::exit_reason why) {
    return simulated([type, why] {
      const family home;
      const auto sup = otp::start_link(supervisor_spec{
          .children = {kid_spec(home, "x", {.trap = false}).with({.restart = type})}});
      nursery born;
      const auto x = born.up("x");
      why.is_normal() ? crash(x, why) : otp::exit(x, why);
      until([&] { return !otp::is_alive(x) && state_of(sup, "x") != "restarting"; });
      until([&] {
        const auto now = otp::which_children(sup);
        return now.empty() || now[0].process != x;
      });
      return state_of(sup, "x");
    });
  };
  CHECK(outcome(restart::permanent, otp::reason::normal) == "running");
  CHECK(outcome(restart::permanent, otp::reason::shutdown) == "running");
  CHECK(outcome(restart::permanent, otp::reason::kill) == "running");
  CHECK(outcome(restart::transient, otp::reason::normal) == "stopped");
  CHECK(outcome(restart::transient, otp::reason::shutdown) == "stopped");
  CHECK(outcome(restart::transient, otp::reason::shutdown("x"s)) == "stopped");
  CHECK(outcome(restart::transient, otp::reason::kill) == "running");
  CHECK(outcome(restart::transient, "boom"s) == "running");
  CHECK(outcome(restart::temporary, "boom"s) == "removed");
}

TEST_CASE(
    "a restart that fails is tried again, through the mailbox, until it works (V-036 to V-038)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(supervisor_spec{
              .intensity = {.max_restarts = 3, .within = 60s}, .children = kids(home, "ab")});
          home.plan("b", {fails_with("busy"s), fails_with("busy"s)});
          crash(born.up("b"));
          born.up("b");
          return home.told() + " / " + counts(sup);
        }) ==
        "a starts, b starts, b stops: boom, b fails, b fails, b starts / "
        "2 specs 2 active 0 supervisors 2 workers");
}

TEST_CASE("terminate_child reaches a supervisor that keeps trying a restart (V-038)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              supervisor_spec{.intensity = {.max_restarts = 1'000'000, .within = 60s},
                              .children = kids(home, "a")});
          const auto a = born.up("a");
          home.plan("a", std::deque<start_plan>(10'000, fails_with("busy"s)));
          crash(a);
          while (state_of(sup, "a") != "restarting") {
          }
          auto story = text_of(otp::terminate_child(sup, "a"));
          return story + " " + state_of(sup, "a");
        }) == "ok stopped");
}

TEST_CASE("a supervisor gives up after too many restarts (V-043, V-044)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(supervisor_spec{
              .intensity = {.max_restarts = 1, .within = 60s}, .children = kids(home, "abc")});
          crash(born.up("b"));
          crash(born.up("b"));
          auto story = exit_heard(sup.pid()) + " / ";
          return story + home.told();
        }) ==
        "shutdown / a starts, b starts, c starts, b stops: boom, b starts, b stops: boom, "
        "c stops: shutdown, a stops: shutdown");
}

TEST_CASE("restarts that are further apart than the period are no reason to give up (V-048)") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(supervisor_spec{
              .intensity = {.max_restarts = 1, .within = 1s}, .children = kids(home, "a")});
          for (int i = 0; i < 10; ++i) {
            crash(born.up("a"));
            otp::sleep(1001ms);
          }
          return counts(sup);
        }) == "1 specs 1 active 0 supervisors 1 workers");
}

TEST_CASE("a child that takes too long to stop is killed, and the shutdown goes on (V-051)") {
  CHECK(simulated([] {
          const family home;
          auto specs = kids(home, "a");
          specs.push_back(
              kid_spec(home, "b", {.on_stop = [] { otp::sleep(1h); }}).with({.shutdown = 50ms}));
          const auto sup = otp::start_link(supervisor_spec{.children = std::move(specs)});
          const auto start = otp::this_runtime::now();
          auto story = ended(home, sup);
          const auto passed = otp::this_runtime::now() - start;
          return story + (passed >= 50ms && passed < 60ms ? " in time" : " too late");
        }) == "a starts, b starts, b stops: shutdown, a stops: shutdown / shutdown in time");
}

TEST_CASE("a child with brutal_kill is killed without a word (V-052)") {
  CHECK(always([] {
          const family home;
          auto specs = kids(home, "abc");
          specs[1].shutdown = otp::brutal_kill;
          const auto sup = otp::start_link(supervisor_spec{.children = std::move(specs)});
          nursery born;
          otp::monitor(born.up("b"));
          auto story = ended(home, sup);
          return story + " / b " + otp::receive([](otp::down d) { return d.reason.to_string(); });
        }) ==
        "a starts, b starts, c starts, c stops: shutdown, a stops: shutdown / shutdown / b killed");
}

TEST_CASE("a child with infinity is waited for, however long it takes (V-053)") {
  CHECK(simulated([] {
          const family home;
          auto specs = kids(home, "a");
          specs.push_back(kid_spec(home, "b", {.on_stop = [] { otp::sleep(50min); }})
                              .with({.shutdown = otp::infinity}));
          const auto sup = otp::start_link(supervisor_spec{.children = std::move(specs)});
          return ended(home, sup);
        }) == "a starts, b starts, b stops: shutdown, a stops: shutdown / shutdown");
}

TEST_CASE("a child that does not trap exits ends without its terminate (V-054)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(supervisor_spec{
              .children = {kid_spec(home, "a"), kid_spec(home, "b", {.trap = false})}});
          return ended(home, sup);
        }) == "a starts, b starts, a stops: shutdown / shutdown");
}

TEST_CASE(
    "the exit signal of the parent ends a supervisor with that reason, others do not (V-058, "
    "V-041)") {
  for (const auto& [reason, name] :
       std::vector<std::pair<otp::exit_reason, std::string>>{{"boom"s, "boom"},
                                                             {otp::reason::normal, "normal"},
                                                             {otp::reason::shutdown, "shutdown"}}) {
    CHECK(always([why = reason] {
            const family home;
            const auto sup = otp::start_link(supervisor_spec{.children = kids(home, "a")});
            const auto stranger = otp::spawn([sup, why] { otp::exit(sup.pid(), why); });
            until([&] { return !otp::is_alive(stranger); });
            auto before = counts(sup);
            return before + " / " + ended(home, sup, why);
          }) == "1 specs 1 active 0 supervisors 1 workers / a starts, a stops: shutdown / " + name);
  }
}

TEST_CASE("otp::stop ends a supervisor and its children (V-059)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(supervisor_spec{.children = kids(home, "ab")});
          otp::stop(sup);
          auto story = home.told();
          return story + " / " + exit_heard(sup.pid());
        }) == "a starts, b starts, b stops: shutdown, a stops: shutdown / normal");
}

TEST_CASE("the children of a killed supervisor end with it (V-060)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(supervisor_spec{
              .children = {kid_spec(home, "a", {.trap = false}), kid_spec(home, "b")}});
          nursery born;
          const auto a = otp::monitor(born.up("a"));
          otp::monitor(born.up("b"));
          otp::exit(sup.pid(), otp::reason::kill);
          std::string of_a;
          std::string of_b;
          for (int i = 0; i < 2; ++i) {
            otp::receive([&](otp::down d) { (d.ref == a ? of_a : of_b) = d.reason.to_string(); });
          }
          auto story = home.told() + " / a " + of_a + ", b " + of_b;
          return story + " / " + exit_heard(sup.pid());
        }) == "a starts, b starts, b stops: killed / a killed, b killed / killed");
}

TEST_CASE("a child that has unlinked itself does not hold up the shutdown (V-042)") {
  CHECK(simulated([] {
          otp::this_process::trap_exit(true);
          const auto body = [](bool then_ends) -> otp::child_start {
            return [then_ends] {
              const auto sup = otp::this_process::self();
              return otp::spawn_link([sup, then_ends] {
                otp::unlink(sup);
                if (!then_ends) otp::receive([](note) {});
              });
            };
          };
          const auto sup =
              otp::start_link(supervisor_spec{.children = {{.id = "ends", .start = body(true)},
                                                           {.id = "stays", .start = body(false)}}});
          otp::sleep(1s);
          otp::exit(sup.pid(), otp::reason::shutdown);
          return exit_heard(sup.pid());
        }) == "shutdown");
}

TEST_CASE("a start function that forgets to link is no harm") {
  CHECK(always([] {
          otp::this_process::trap_exit(true);
          const auto sup = otp::start_link(
              supervisor_spec{.children = {{.id = "x", .start = [] {
                                              return otp::spawn([] { otp::receive([](note) {}); });
                                            }}}});
          const auto first = otp::which_children(sup).at(0).process;
          otp::exit(first, "boom"s);
          until([&] {
            const auto now = otp::which_children(sup).at(0);
            return now.process != first && now.state == child_state::running;
          });
          return counts(sup);
        }) == "1 specs 1 active 0 supervisors 1 workers");
}

TEST_CASE("children are added, stopped, started again and forgotten at run time (V-064 to V-067)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(supervisor_spec{.children = kids(home, "a")});
          std::string answers;
          const auto note_answer = [&](const auto& outcome) { answers += text_of(outcome) + " "; };
          note_answer(otp::start_child(sup, kid_spec(home, "b")));
          note_answer(otp::start_child(sup, kid_spec(home, "b")));
          note_answer(otp::delete_child(sup, "b"));
          note_answer(otp::restart_child(sup, "b"));
          note_answer(otp::terminate_child(sup, "b"));
          note_answer(otp::terminate_child(sup, "b"));
          note_answer(otp::start_child(sup, kid_spec(home, "b")));
          note_answer(otp::restart_child(sup, "b"));
          note_answer(otp::terminate_child(sup, "b"));
          note_answer(otp::delete_child(sup, "b"));
          note_answer(otp::delete_child(sup, "b"));
          home.plan("c", {fails_with("boom"s), is_ignored});
          note_answer(otp::start_child(sup, kid_spec(home, "c")));
          note_answer(otp::start_child(sup, kid_spec(home, "c")));
          note_answer(otp::start_child(sup, {.id = "d"}));
          return answers + "/ " + home.told();
        }) ==
        "ok(pid) already_started running running ok ok already_present ok(pid) ok ok not_found "
        "start_failed ok invalid_spec / "
        "a starts, b starts, b stops: shutdown, b starts, b stops: shutdown, c fails, c ignored");
}

TEST_CASE("a supervisor lists its children newest first and gives their specs (V-068, V-070)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(supervisor_spec{
              .name = "tree",
              .children = {kid_spec(home, "a"), otp::child(supervisor_spec{.name = "inner"}),
                           kid_spec(home, "c")}});
          std::string ids;
          const otp::name<otp::supervisor> tree{"tree"};
          for (const auto& child : otp::which_children(tree)) ids += child.id + " ";
          const auto inner = otp::get_child_spec(tree, "inner");
          const auto a = otp::get_child_spec(tree, "a");
          return ids + counts(sup) +
                 (inner->shutdown.allowance() == otp::infinity ? " inf" : " ?") +
                 (a->shutdown.allowance() == 5s ? " 5s " : " ? ") +
                 text_of(otp::get_child_spec(tree, "nobody"));
        }) == "c inner a 3 specs 3 active 1 supervisors 2 workers inf 5s not_found");
}

TEST_CASE("a call to a supervisor that is gone fails with noproc (V-072)") {
  CHECK(always([] {
          otp::this_process::trap_exit(true);
          const auto sup = otp::start_link(supervisor_spec{});
          otp::stop(sup);
          try {
            return otp::count_children(sup).specs == 0 ? "none"s : "some"s;
          } catch (const otp::exit_error& error) {
            return error.reason().root().to_string();
          }
        }) == "noproc");
}

TEST_CASE("an inner supervisor that gives up is restarted by the outer one (V-079, V-081)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto inner =
              otp::child(supervisor_spec{.name = "inner",
                                         .intensity = {.max_restarts = 1, .within = 60s},
                                         .children = kids(home, "xy")});
          const auto outer =
              otp::start_link(supervisor_spec{.intensity = {.max_restarts = 1, .within = 60s},
                                              .children = {kid_spec(home, "w"), inner}});
          for (int i = 0; i < 4; ++i) {
            if (i % 2 == 0) born.up("y");
            crash(born.up("x"));
          }
          auto story = exit_heard(outer.pid()) + " / ";
          return story + home.told();
        }) ==
        "shutdown / w starts, x starts, y starts, x stops: boom, x starts, x stops: boom, "
        "y stops: shutdown, x starts, y starts, x stops: boom, x starts, x stops: boom, "
        "y stops: shutdown, w stops: shutdown");
}

TEST_CASE("an inner supervisor that is transient is not restarted when it gives up (V-080)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto inner = otp::child(supervisor_spec{.name = "inner",
                                                        .intensity = {.max_restarts = 0},
                                                        .children = kids(home, "xy")})
                                 .with({.restart = restart::transient});
          const auto outer = otp::start_link(supervisor_spec{.children = {inner}});
          born.up("y");
          crash(born.up("x"));
          until([&] { return state_of(outer, "inner") == "stopped"; });
          auto story = counts(outer);
          story += " / " + text_of(otp::restart_child(outer, "inner"));
          return story + " / " + home.told();
        }) ==
        "1 specs 0 active 1 supervisors 0 workers / ok(pid) / x starts, y starts, x stops: boom, "
        "y stops: shutdown, x starts, y starts");
}

TEST_CASE("a supervisor's reports go to the log, in order (V-082 to V-084)") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          otp::log::current().set_level(otp::log_level::info);
          otp::log::current().remove_handler("default");
          otp::log::current().add_handler("story", [home](const otp::log_event& event) {
            if (const auto* up = std::get_if<otp::progress_report>(&event.report)) {
              home.say("progress " + up->started.id);
            } else if (const auto* bad = std::get_if<otp::supervisor_report>(&event.report)) {
              constexpr const char* names[] = {"child_terminated", "start_error", "shutdown",
                                               "shutdown_error"};
              home.say(fmt::format("{} {} {} {}", names[static_cast<int>(bad->context)], bad->name,
                                   bad->offender.id, bad->reason));
            }
          });
          auto specs = kids(home, "ab");
          const auto sup =
              otp::start_link(supervisor_spec{.name = "tree",
                                              .intensity = {.max_restarts = 2, .within = 60s},
                                              .children = std::move(specs)});
          home.plan("b", {fails_with("busy"s)});
          crash(born.up("b"));
          const auto again = born.up("b");
          otp::count_children(sup);  // its report is out by then
          crash(again);
          exit_heard(sup.pid());
          return home.told();
        }) ==
        "a starts, progress a, b starts, progress b, b stops: boom, child_terminated tree b boom, "
        "b fails, start_error tree b busy, b starts, progress b, b stops: boom, "
        "child_terminated tree b boom, shutdown tree b reached_max_restart_intensity, "
        "a stops: shutdown");
}
