// What becomes of those below a child that is killed.
#include "support/catch.hpp"
#include "support/family.hpp"
#include "support/scripted.hpp"
#include <otp/supervisor.hpp>

#include <chrono>
#include <string>

using namespace otp_test;
using otp::supervisor_spec;
using otp::this_process::trap_exit;

TEST_CASE("helpers of a child that is killed end with it, unless they trap exits", "[V-061]") {
  CHECK(always([] {
          const family home;
          const auto boss = otp::this_process::self();
          const auto with_helpers = [boss] {
            const auto child = otp::this_process::self();
            otp::spawn_link([boss] {
              say_hello(boss);
              await_go();
            });
            otp::spawn_link([boss, child] {
              trap_exit(true);
              tell(boss, "ready");
              const auto end = otp::receive([](otp::exited e) { return e; });
              tell(boss, fmt::format("{} {}", end.reason, end.from == child));
            });
          };
          const auto sup = otp::start_link(supervisor_spec{
              .children = {kid_spec(home, "a", {.on_start = with_helpers})
                               .with({.shutdown = otp::brutal_kill})}});
          otp::monitor(await_hello());
          auto story = otp::receive([](note n) { return n.text; }) + ", ";
          otp::terminate_child(sup, "a").value();
          story += otp::receive([](otp::down d) { return d.reason.to_string(); }) + ", ";
          return story + otp::receive([](note n) { return n.text; });
        }) == "ready, killed, killed true");
}

TEST_CASE("a supervisor that has a deadline leaves what it has not stopped to its links",
          "[V-063]") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const kid_manners slow{.on_stop = [] { otp::sleep(1min); }};
          const auto inner = otp::child(supervisor_spec{
              .name = "inner",
              .children = {kid_spec(home, "a", {.trap = false}), kid_spec(home, "b", slow)}});
          const auto outer =
              otp::start_link(supervisor_spec{.children = {inner.with({.shutdown = 50ms})}});
          const auto a = born.up("a");
          const auto b = born.up("b");
          otp::monitor(a);
          const auto before = otp::this_runtime::now();
          otp::exit(outer.pid(), otp::reason::shutdown);
          auto story = exit_heard(outer.pid());
          story += otp::this_runtime::now() - before == 50ms ? " in time, a " : " late, a ";
          story += otp::receive([](otp::down d) { return d.reason.to_string(); });
          story += otp::is_alive(b) ? ", b lives" : ", b is gone";
          await_end(b);
          return story + " / " + home.told();
        }) == "shutdown in time, a killed, b lives / a starts, b starts, b stops: shutdown");
}
