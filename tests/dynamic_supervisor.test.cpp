// Dynamic supervisors as processes. The rules themselves are tested in detail/dynamic_supervisor_fsm.test.cpp;
// here it is shown that the processes follow them.
#include "support/catch.hpp"
#include "support/family.hpp"
#include <otp/dynamic_supervisor.hpp>
#include <otp/supervisor.hpp>

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

using namespace otp_test;
using otp::dynamic_supervisor_spec;
using otp::restart;
using sup_ref = otp::server_ref<otp::dynamic_supervisor>;

namespace {

std::string counts(const sup_ref& sup) {
  const auto c = otp::count_children(sup);
  return fmt::format("{} children {} active", c.specs, c.active);
}

std::string text_of(const otp::result<otp::pid, otp::start_failure>& outcome) {
  if (outcome) return "ok(pid)";
  return outcome.error().ignored ? "ignored" : outcome.error().reason.to_string();
}

}  // namespace

TEST_CASE("a dynamic supervisor starts children as it is asked, up to a number (D-001 to D-006)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(dynamic_supervisor_spec{.max_children = 2});
          home.plan("bad", {fails_with("boom"s)});
          home.plan("ign", {is_ignored});
          std::string answers = counts(sup);
          for (const auto* label : {"a", "bad", "ign", "b", "c"}) {
            answers += ", " + text_of(otp::start_child(sup, kid_spec(home, label)));
          }
          return answers + ", " + counts(sup) + " / " + home.told();
        }) ==
        "0 children 0 active, ok(pid), boom, ignored, ok(pid), max_children, 2 children 2 active / "
        "a starts, bad fails, ign ignored, b starts");
}

TEST_CASE("a name that is taken fails the dynamic child, and nothing is kept (D-016)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(dynamic_supervisor_spec{});
          const auto named = otp::child<kid>({.name = "x"}, home, "x"s, kid_manners{});
          const auto first = otp::start_child(sup, named);
          const auto second = otp::start_child(sup, named);
          const auto* taken = second.error().reason.get<otp::already_started>();
          return (taken != nullptr && taken->holder == *first ? "taken " : "? ") + counts(sup);
        }) == "taken 1 children 1 active");
}

TEST_CASE("dynamic children that need no restart are forgotten, the others come back (D-010)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(dynamic_supervisor_spec{});
          for (const auto& [label, type, why] :
               std::vector<std::tuple<std::string, restart, otp::exit_reason>>{
                   {"t", restart::transient, otp::reason::normal},
                   {"u", restart::transient, otp::reason::shutdown("x"s)},
                   {"v", restart::temporary, "boom"s}}) {
            otp::start_child(sup, kid_spec(home, label).with({.restart = type})).value();
            crash(born.up(label), why);
            until([&] { return otp::count_children(sup).specs == 0; });
          }
          otp::start_child(sup, kid_spec(home, "p")).value();
          crash(born.up("p"), otp::reason::normal);
          const auto p = born.up("p");
          std::string answers = otp::terminate_child(sup, p) ? "ok" : "?";
          answers += otp::terminate_child(sup, p) ? " ?" : " not_found ";
          return answers + counts(sup) + " / " + home.told();
        }) ==
        "ok not_found 0 children 0 active / t starts, t stops: normal, u starts, "
        "u stops: shutdown(x), v starts, v stops: boom, p starts, p stops: normal, p starts, "
        "p stops: shutdown");
}

TEST_CASE(
    "a dynamic child whose restart fails is tried again, one that ignores it goes (D-010, D-011)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              dynamic_supervisor_spec{.intensity = {.max_restarts = 5, .within = 60s}});
          home.plan("a", {comes_up, is_ignored});
          home.plan("b", {comes_up, fails_with("busy"s), fails_with("busy"s)});
          otp::start_child(sup, kid_spec(home, "a")).value();
          crash(born.up("a"));
          until([&] { return otp::count_children(sup).specs == 0; });
          otp::start_child(sup, kid_spec(home, "b")).value();
          crash(born.up("b"));
          born.up("b");
          return counts(sup) + " / " + home.told();
        }) ==
        "1 children 1 active / a starts, a stops: boom, a ignored, b starts, b stops: boom, "
        "b fails, b fails, b starts");
}

TEST_CASE("a dynamic supervisor gives up after too many restarts (D-012)") {
  CHECK(always([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              dynamic_supervisor_spec{.intensity = {.max_restarts = 1, .within = 60s}});
          otp::start_child(sup, kid_spec(home, "a")).value();
          otp::start_child(sup, kid_spec(home, "b")).value();
          crash(born.up("b"));
          crash(born.up("b"));
          auto story = exit_heard(sup.pid()) + " / ";
          return story + home.told();
        }) ==
        "shutdown / a starts, b starts, b stops: boom, b starts, b stops: boom, a stops: shutdown");
}

TEST_CASE("dynamic children are told to stop at once and awaited together (D-013)") {
  CHECK(always([] {
          const family home;
          const auto sup = otp::start_link(dynamic_supervisor_spec{});
          const auto main = otp::this_process::self();
          std::vector<otp::pid> all;
          for (int i = 0; i < 3; ++i) {
            const auto wait_for_others = [main] {
              tell(main, "told");
              otp::receive([](note) {});
            };
            all.push_back(
                otp::start_child(sup, kid_spec(home, "k", {.on_stop = wait_for_others})).value());
          }
          otp::exit(sup.pid(), otp::reason::shutdown);
          for (int i = 0; i < 3; ++i) otp::receive([](note) {});
          for (const auto& each : all) tell(each, "go");
          return exit_heard(sup.pid());
        }) == "shutdown");
}

TEST_CASE("each dynamic child has its own time to stop and is killed after it (D-013)") {
  CHECK(simulated([] {
          const family home;
          const auto sup = otp::start_link(dynamic_supervisor_spec{});
          const auto slow = [&](std::chrono::nanoseconds allowed) {
            const auto process =
                otp::start_child(sup, kid_spec(home, "k", {.on_stop = [] { otp::sleep(1h); }})
                                          .with({.shutdown = allowed}))
                    .value();
            otp::monitor(process);
            return process;
          };
          const std::vector<otp::pid> all{slow(3s), slow(1s), slow(2s), slow(0s)};
          const auto start = otp::this_runtime::now();
          otp::exit(sup.pid(), otp::reason::shutdown);
          std::string order;
          for (int i = 0; i < 4; ++i) {
            const auto down = otp::receive([](otp::down d) { return d; });
            const auto which = std::find(all.begin(), all.end(), down.process) - all.begin();
            const auto after =
                std::chrono::duration_cast<std::chrono::seconds>(otp::this_runtime::now() - start);
            order += fmt::format("{} {} {}s, ", which, down.reason, after.count());
          }
          return order + exit_heard(sup.pid());
        }) == "3 killed 0s, 1 killed 1s, 2 killed 2s, 0 killed 3s, shutdown");
}

TEST_CASE("a dynamic child that has unlinked itself does not hold up the shutdown (V-042)") {
  CHECK(simulated([] {
          otp::this_process::trap_exit(true);
          const auto sup = otp::start_link(dynamic_supervisor_spec{});
          for (const bool ends : {true, false}) {
            otp::start_child(sup, {.start =
                                       [ends] {
                                         const auto self = otp::this_process::self();
                                         return otp::spawn_link([self, ends] {
                                           otp::unlink(self);
                                           if (!ends) otp::receive([](note) {});
                                         });
                                       }})
                .value();
          }
          otp::sleep(1s);
          otp::exit(sup.pid(), otp::reason::shutdown);
          return exit_heard(sup.pid());
        }) == "shutdown");
}

TEST_CASE("a dynamic supervisor is a child of type supervisor (V-010)") {
  CHECK(always([] {
          const family home;
          const auto tree = otp::start_link(otp::supervisor_spec{
              .children = {otp::child<otp::dynamic_supervisor>({.name = "rooms"}),
                           otp::child(dynamic_supervisor_spec{.name = "guests"})}});
          const auto spec = otp::get_child_spec(tree, "rooms");
          const otp::name<otp::dynamic_supervisor> rooms{"rooms"};
          const auto room = otp::start_child(rooms, kid_spec(home, "a"));
          otp::stop(tree);
          return (spec->shutdown.allowance() == otp::infinity ? "infinity / " : "? / ") +
                 text_of(room) + " / " + home.told();
        }) == "infinity / ok(pid) / a starts, a stops: shutdown");
}

TEST_CASE("ten thousand dynamic children start, are found and stop") {
  CHECK(threaded([] {
          otp::this_process::trap_exit(true);
          const auto sup = otp::start_link(dynamic_supervisor_spec{});
          const otp::child_spec idler{
              .start = [] { return otp::spawn_link([] { otp::receive([](note) {}); }); },
              .restart = restart::temporary};
          otp::pid some;
          for (int i = 0; i < 10'000; ++i) {
            const auto child = otp::start_child(sup, idler).value();
            if (i == 5'000) some = child;
          }
          otp::terminate_child(sup, some).value();
          auto before = counts(sup);
          otp::exit(sup.pid(), otp::reason::shutdown);
          return before + " / " + exit_heard(sup.pid());
        }) == "9999 children 9999 active / shutdown");
}
