// Monitors: who watches is told once, and nothing else happens to either side.
#include "support/catch.hpp"
#include "support/scenario.hpp"

#include <set>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

void leave(const otp::pid& who, otp::exit_reason why) {
  otp::send(who, job{[why = std::move(why)]() -> std::string { otp::exit(why); }, {}});
}

otp::pid dead_process() {
  const auto p = otp::spawn([] {});
  await_end(p);
  return p;
}

// Ends `who` and returns when the caller has its `down` messages in its mailbox.
void end_and_settle(const otp::pid& who, otp::exit_reason why) {
  end_of(who, [&] { leave(who, std::move(why)); });
}

}  // namespace

TEST_CASE("a monitor tells the reference, the process and the reason", "[P-064]") {
  CHECK(always([] {
          const auto p = puppet();
          const auto ref = otp::monitor(p);
          leave(p, "oops"s);
          return otp::receive([&](otp::down d) {
            return fmt::format("{} {} {} \"{}\"", d.ref == ref, d.process == p, d.reason, d.name);
          });
        }) == "true true oops \"\"");
}

TEST_CASE("a normal end is told, too", "[P-065]") {
  CHECK(always([] {
          const auto p = puppet();
          otp::monitor(p);
          leave(p, otp::reason::normal);
          return hear();
        }) == "down normal");
}

TEST_CASE("a monitor of a dead process tells noproc at once", "[P-066]") {
  CHECK(always([] {
          const auto dead = dead_process();
          const auto ref = otp::monitor(dead);
          return otp::receive([&](otp::down d) {
            return fmt::format("{} {} {}", d.ref == ref, d.process == dead, d.reason);
          });
        }) == "true true noproc");
}

TEST_CASE("a monitor that follows one's own exit signal finds nobody", "[P-066]") {
  CHECK(always([] {
          const auto p = puppet();
          otp::exit(p, "oops"s);
          otp::monitor(p);
          return hear();
        }) == "down noproc");
}

TEST_CASE("a monitor of a free name tells the name and noproc", "[P-067]") {
  CHECK(always([] {
          const auto ref = otp::monitor("nobody");
          return otp::receive([&](otp::down d) {
            return fmt::format("{} {} {} {}", d.ref == ref, d.process == otp::pid{}, d.name,
                               d.reason);
          });
        }) == "true true nobody noproc");
}

TEST_CASE("a monitor by name tells the name", "[P-068]") {
  CHECK(always([] {
          const auto p = puppet();
          in(p, [] { otp::register_name("holder"); });
          otp::monitor("holder");
          leave(p, "oops"s);
          return otp::receive([&](otp::down d) {
            return fmt::format("{} {} {}", d.process == p, d.name, d.reason);
          });
        }) == "true holder oops");
}

TEST_CASE("a monitor by name stays with who held the name then", "[P-069]") {
  CHECK(always([] {
          const auto first = puppet();
          const auto second = puppet();
          in(first, [] { otp::register_name("moving"); });
          otp::monitor("moving");
          in(first, [] { otp::unregister_name("moving"); });
          in(second, [] { otp::register_name("moving"); });
          end_and_settle(second, "second"s);
          const auto before = hear_all();
          end_and_settle(first, "first"s);
          return before + "/" + hear_all();
        }) == "/down first");
}

TEST_CASE("each of three monitors of a process tells its own reference", "[P-070]") {
  CHECK(always([] {
          const auto p = puppet();
          const std::set refs{otp::monitor(p), otp::monitor(p), otp::monitor(p)};
          leave(p, "oops"s);
          std::set<otp::monitor_ref> told;
          for (int i = 0; i < 3; ++i) otp::receive([&](otp::down d) { told.insert(d.ref); });
          return fmt::format("{} {} {}", refs.size(), told == refs, hear_all());
        }) == "3 true ");
}

TEST_CASE("a monitor tells once", "[P-071]") {
  CHECK(always([] {
          const auto p = puppet();
          otp::monitor(p);
          end_and_settle(p, "oops"s);
          return hear_all();
        }) == "down oops");
}

TEST_CASE("a monitor that was ended before tells nothing", "[P-072]") {
  CHECK(always([] {
          const auto p = puppet();
          const auto ref = otp::monitor(p);
          const bool active = otp::demonitor(ref);
          end_and_settle(p, "oops"s);
          return fmt::format("{} {}", active, hear_all());
        }) == "true ");
}

TEST_CASE("after demonitor nothing comes even if the process is ending", "[P-072]") {
  CHECK(always([] {
          for (int i = 0; i < 50; ++i) {
            const auto [p, ref] = otp::spawn_monitor([] {});
            if (!otp::demonitor(ref)) hear();
            await_end(p);
            if (const auto late = hear_all(); !late.empty()) return late;
          }
          return "nothing"s;
        }) == "nothing");
}

TEST_CASE("a message that is in the mailbox survives demonitor", "[P-073]") {
  CHECK(always([] {
          const auto p = puppet();
          const auto ref = otp::monitor(p);
          end_and_settle(p, "oops"s);
          const bool active = otp::demonitor(ref);
          return fmt::format("{} {}", active, hear_all());
        }) == "false down oops");
}

TEST_CASE("demonitor with flush removes the message, and only that one", "[P-074]") {
  CHECK(always([] {
          const auto p = puppet();
          tell(self(), "before");
          const auto kept = otp::monitor(p);
          const auto flushed = otp::monitor(p);
          end_and_settle(p, "oops"s);
          tell(self(), "after");
          const bool active = otp::demonitor(flushed, true);
          std::string all;
          for (int i = 0; i < 3; ++i) {
            all += otp::receive(
                [](note n) { return " " + n.text; },
                [&](otp::down d) { return d.ref == kept ? " kept"s : " flushed"s; });
          }
          return fmt::format("{}{} {}", active, all, hear_all());
        }) == "false before kept after ");
}

TEST_CASE("demonitor with flush ends an active monitor, too", "[P-074]") {
  CHECK(always([] {
          const auto p = puppet();
          const bool active = otp::demonitor(otp::monitor(p), true);
          end_and_settle(p, "oops"s);
          return fmt::format("{} {}", active, hear_all());
        }) == "true ");
}

TEST_CASE("demonitor says whether the monitor was active", "[P-075]") {
  CHECK(always([] {
          const auto ref = otp::monitor(puppet());
          const bool first = otp::demonitor(ref);
          const bool second = otp::demonitor(ref);
          return fmt::format("{} {}", first, second);
        }) == "true false");
}

TEST_CASE("a monitor is active until its message has been taken in", "[P-075]") {
  CHECK(always([] {
          const bool active = otp::demonitor(otp::monitor("nobody"));
          return fmt::format("{} \"{}\"", active, hear_all());
        }) == "true \"\"");
}

TEST_CASE("demonitor of an unknown reference does nothing", "[P-076]") {
  CHECK(always([] {
          return otp::demonitor(otp::monitor_ref{}) || otp::demonitor(otp::monitor_ref{1u << 30}, true);
        }) == "false");
}

TEST_CASE("nobody can end the monitor of another process", "[P-077]") {
  CHECK(always([] {
          const auto p = puppet();
          const auto watcher = puppet();
          const auto ref = otp::monitor(p);
          const auto active = in(watcher, [ref] { return otp::demonitor(ref, true); });
          end_and_settle(p, "oops"s);
          return fmt::format("{} {}", active, hear_all());
        }) == "false down oops");
}

TEST_CASE("the end of the watcher does nothing to the watched", "[P-078]") {
  CHECK(always([] {
          const auto p = puppet();
          const auto watcher = puppet();
          in(watcher, [p] { otp::monitor(p); });
          end_and_settle(watcher, "oops"s);
          return lives(p);
        }) == "true");
}

TEST_CASE("a monitor of oneself never tells", "[P-079]") {
  CHECK(always([] {
          const auto p = puppet();
          return end_of(p, [p] {
            in(p, [] {
              const auto ref = otp::monitor(self());
              otp::monitor(self());
              otp::demonitor(ref);
            });
            leave(p, "bye"s);
          });
        }) == "bye");
}

TEST_CASE("a monitor of oneself is none, and demonitor says so", "[P-079]") {
  CHECK(always([] { return otp::demonitor(otp::monitor(self())); }) == "false");
}

TEST_CASE("spawn_monitor tells the true reason of a body that ends at once", "[P-080]") {
  CHECK(always([] {
          for (int i = 0; i < 100; ++i) {
            const auto [p, ref] = otp::spawn_monitor([] { otp::exit("at once"s); });
            const auto told = otp::receive([process = p, monitor = ref](otp::down d) {
              return fmt::format("{} {} {}", d.process == process, d.ref == monitor, d.reason);
            });
            if (told != "true true at once") return told;
          }
          return "all"s;
        }) == "all");
}

TEST_CASE("a monitor that reaches a process after its end tells noproc or its reason", "[P-066]") {
  CHECK(always([] {
          for (int i = 0; i < 50; ++i) {
            const auto p = otp::spawn([] { otp::exit("oops"s); });
            otp::monitor(p);
            if (const auto told = hear(); told != "down oops" && told != "down noproc") return told;
          }
          return "told"s;
        }) == "told");
}

TEST_CASE("watchers are told in the order of their monitors", "[P-064]") {
  CHECK(simulated(3, [] {
          const auto p = puppet();
          std::vector<otp::monitor_ref> refs;
          for (int i = 0; i < 20; ++i) refs.push_back(otp::monitor(p));
          leave(p, "oops"s);
          bool in_order = true;
          for (const auto ref : refs) {
            otp::receive([&](otp::down d) { in_order = in_order && d.ref == ref; });
          }
          return in_order;
        }) == "true");
}
