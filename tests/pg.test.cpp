// Process groups: membership, what the end of processes does to it, and who is told.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/pg.hpp>
#include <otp/sys.hpp>

#include <string>
#include <vector>

using namespace otp_test;
using otp::pg;
using otp::this_process::self;

namespace {

using scope = otp::server_ref<pg>;

std::string heard() {
  return otp::receive(
      [](const otp::pg_event& e) {
        return fmt::format("{} {} {}", e.what == otp::pg_event::kind::join ? "join" : "leave",
                           e.group, e.processes.size());
      },
      otp::after(0s, [] { return "silence"s; }));
}

/// Waits until the scope has dealt with the death of `who`.
void await_removal(const scope& s, const otp::pid& who) {
  otp::exit(who, otp::reason::kill);
  await_end(who);
  for (bool there = true; there;) {
    there = false;
    for (const auto& group : pg::which_groups(s)) {
      for (const auto& each : pg::get_members(s, group)) there = there || each == who;
    }
    if (there) otp::sleep(0ms);
  }
}

}  // namespace

TEST_CASE("a group is there while it has members, the latest first", "[E-002][E-005]") {
  CHECK(always([] {
          const auto s = otp::start<pg>();
          const auto p = puppet();
          const auto q = puppet();
          pg::join(s, "room", p);
          pg::join(s, "room", q);
          const bool latest = pg::get_members(s, "room") == pg::members{q, p};
          pg::leave(s, "room", {p, q});
          return fmt::format("{} {} {}", latest, pg::which_groups(s).size(),
                             pg::get_members(s, "room").size());
        }) == "true 0 0");
}

TEST_CASE("who joins twice has to leave twice", "[E-003]") {
  CHECK(always([] {
          const auto s = otp::start<pg>();
          const auto p = puppet();
          pg::join(s, "room", p);
          pg::join(s, "room", p);
          std::string told = fmt::to_string(pg::get_members(s, "room").size());
          for (int i = 0; i < 3; ++i) told += fmt::format(" {}", pg::leave(s, "room", p));
          return told + fmt::format(" {}", pg::leave(s, "nowhere", p));
        }) == "2 true true false false");
}

TEST_CASE("the death of a process ends all its memberships", "[E-004]") {
  CHECK(always([] {
          const auto s = otp::start<pg>();
          const auto p = puppet();
          const auto q = puppet();
          pg::join(s, "a", {p, p, q});
          pg::join(s, "b", p);
          await_removal(s, p);
          return fmt::format("{} {}", pg::get_members(s, "a").size(),
                             fmt::join(pg::which_groups(s), " "));
        }) == "1 a");
}

TEST_CASE("a process that is dead when it joins is removed again", "[E-007]") {
  CHECK(always([] {
          const auto s = otp::start<pg>();
          const auto p = puppet();
          otp::exit(p, otp::reason::kill);
          await_end(p);
          pg::join(s, "room", p);
          while (!pg::which_groups(s).empty()) otp::sleep(0ms);
          return "gone";
        }) == "gone");
}

TEST_CASE("the groups of a scope go with it, the members live", "[E-004]") {
  CHECK(always([] {
          const auto s = otp::start<pg>();
          const auto p = puppet();
          pg::join(s, "room", p);
          otp::stop(s);
          return fmt::format("{} {}", pg::get_members(s, "room").size(), lives(p));
        }) == "0 true");
}

TEST_CASE("a scope that is not there: no members, and joining fails", "[E-005][E-007]") {
  CHECK(always([] {
          const otp::name<pg> nobody{"nobody"};
          const auto why = exit_of([&] { pg::join(nobody, "room", self()); });
          return fmt::format("{} {}", pg::get_members(nobody, "room").size(), why.substr(0, 6));
        }) == "0 noproc");
}

TEST_CASE("scopes know nothing of each other", "[E-001]") {
  CHECK(always([] {
          const auto a = otp::start<pg>({.name = "a"});
          const auto b = otp::start<pg>({.name = "b"});
          pg::join(a, "room", self());
          const auto taken = otp::try_start<pg>({.name = "a"}).has_value();
          return fmt::format("{} {}", pg::which_groups(b).size(), taken);
        }) == "0 false");
}

TEST_CASE("a monitor of a scope tells what changes, from a snapshot on", "[E-006]") {
  CHECK(always([] {
          const auto s = otp::start<pg>();
          const auto p = puppet();
          pg::join(s, "old", p);
          const auto [ref, before] = pg::monitor_scope(s);
          pg::join(s, "room", {p, p});
          pg::leave(s, "room", p);
          std::string told = fmt::format("{}:", before.size());
          for (int i = 0; i < 3; ++i) told += " " + heard();
          const bool first = pg::demonitor(s, ref);
          const bool second = pg::demonitor(s, ref);
          pg::join(s, "room", p);
          return told + fmt::format(" {} {} {}", first, second, heard());
        }) == "1: join room 2 leave room 1 silence true false silence");
}

TEST_CASE("a monitor of a group hears of that group only, a death once for each membership",
          "[E-006]") {
  CHECK(always([] {
          const auto s = otp::start<pg>();
          const auto p = puppet();
          pg::join(s, "room", {p, p});
          const auto before = pg::monitor(s, "room").second;
          pg::join(s, "other", p);
          await_removal(s, p);
          otp::sys::get_state(s);  // it has told everybody
          std::string told = fmt::format("{}:", before.size());
          for (int i = 0; i < 3; ++i) told += " " + heard();
          return told;
        }) == "2: leave room 1 leave room 1 silence");
}

TEST_CASE("a watcher that dies is forgotten", "[E-006]") {
  CHECK(always([] {
          const auto s = otp::start<pg>();
          const auto watcher = puppet();
          in(watcher, [s] { pg::monitor_scope(s); });
          otp::exit(watcher, otp::reason::kill);
          await_end(watcher);
          while (otp::sys::get_state(s) != "0 groups, 0 processes") otp::sleep(0ms);
          return "forgotten";
        }) == "forgotten");
}
