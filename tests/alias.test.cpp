// Aliases: addresses that their owner closes, and monitors whose reference is one.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/alias.hpp>

#include <set>
#include <string>
#include <thread>
#include <unordered_set>
#include <utility>

using namespace otp_test;
using otp::alias_kind;
using otp::monitor_alias_kind;
using otp::this_process::self;

namespace {

void tell(const otp::alias_ref& to, std::string text) { otp::send(to, note{std::move(text)}); }

// Somebody else sends `text` to `to`; returns when the mailbox of the owner, the caller, has it.
void have_told(const otp::alias_ref& to, std::string text) {
  in(puppet(), [&] { tell(to, std::move(text)); });
}

std::string end_and_hear(const otp::pid& who) {
  end_of(who, [&] { otp::exit(who, "oops"s); });
  return hear_all();
}

}  // namespace

TEST_CASE("a message sent to an alias arrives as the plain message", "[alias][P-081]") {
  CHECK(always([] {
          const auto here = otp::alias();
          have_told(here, "one");
          have_told(here, "two");
          return hear(2);
        }) == "one, two");
}

TEST_CASE("messages to an alias and to the pid of its owner come in the order they were sent",
          "[alias][P-016][P-081]") {
  CHECK(always([] {
          const auto here = otp::alias();
          in(puppet(), [here] {
            tell(here, "one");
            tell(here.owner(), "two");
            tell(here, "three");
          });
          return hear(3);
        }) == "one, two, three");
}

TEST_CASE("a waiting owner gets what is sent to its alias", "[alias][P-081]") {
  CHECK(always([] {
          const auto here = otp::alias();
          otp::spawn([here] { tell(here, "told"); });
          return hear();
        }) == "told");
}

TEST_CASE("a plain thread may send to an alias", "[alias][P-081]") {
  CHECK(threaded([] {
          std::thread{[here = otp::alias()] { tell(here, "from outside"); }}.join();
          return hear();
        }) == "from outside");
}

TEST_CASE("what is sent to an alias after unalias is lost", "[alias][P-082]") {
  CHECK(always([] {
          const auto here = otp::alias();
          have_told(here, "before");
          const bool closed = otp::unalias(here);
          have_told(here, "after");
          return fmt::format("{} {}", closed, hear_all());
        }) == "true before");
}

TEST_CASE("what is on its way to an alias when it is closed is lost", "[alias][P-082]") {
  CHECK(always([] {
          const auto here = otp::alias();
          tell(here, "on its way");
          otp::unalias(here);
          return hear_all();
        }).empty());
}

TEST_CASE("an alias is closed once, and by its owner", "[alias][P-083]") {
  CHECK(always([] {
          const auto here = otp::alias();
          const auto by_another = in(puppet(), [here] { return otp::unalias(here); });
          const bool first = otp::unalias(here);
          return fmt::format("{} {} {} {}", by_another, first, otp::unalias(here),
                             otp::unalias(otp::alias_ref{}));
        }) == "false true false false");
}

TEST_CASE("an alias for one reply is closed by the first message", "[alias][P-084]") {
  CHECK(always([] {
          const auto here = otp::alias(alias_kind::reply);
          have_told(here, "first");
          have_told(here, "second");
          const auto heard = hear_all();
          return fmt::format("{} {}", heard, otp::unalias(here));
        }) == "first false");
}

TEST_CASE("of two who answer to one alias exactly one is heard", "[alias][P-084]") {
  const auto heard = [] {
    const auto here = otp::alias(alias_kind::reply);
    const auto one = otp::spawn([here] { tell(here, "answer"); });
    const auto two = otp::spawn([here] { tell(here, "answer"); });
    await_end(one);
    await_end(two);
    return hear_all();
  };
  CHECK(always(heard) == "answer");
}

TEST_CASE("a reply ends the monitor that it came through", "[alias][P-085]") {
  CHECK(always([] {
          const auto server = puppet();
          const auto ref = otp::monitor(server, monitor_alias_kind::reply_demonitor);
          in(server, [ref] { tell(ref, "reply"); });
          in(server, [ref] { tell(ref, "second"); });
          const auto heard = end_and_hear(server);
          return fmt::format("{} {} {}", heard, otp::demonitor(ref), otp::unalias(ref));
        }) == "reply false false");
}

TEST_CASE("a server that ends before it replies is told, and closes the way for a reply",
          "[alias][P-085][P-086]") {
  CHECK(always([] {
          const auto server = puppet();
          const auto ref = otp::monitor(server, monitor_alias_kind::reply_demonitor);
          const auto heard = end_and_hear(server);
          have_told(ref, "from another");
          return heard + "/" + hear_all();
        }) == "down oops/");
}

TEST_CASE("a delivered down closes the alias of its monitor", "[alias][P-086]") {
  CHECK(always([] {
          const auto server = puppet();
          const auto ref = otp::monitor(server, monitor_alias_kind::demonitor);
          in(server, [ref] { tell(ref, "one"); });
          in(server, [ref] { tell(ref, "two"); });
          const auto heard = end_and_hear(server);
          have_told(ref, "late");
          return fmt::format("{}/{}{}", heard, hear_all(), otp::unalias(ref));
        }) == "one, two, down oops/false");
}

TEST_CASE("demonitor closes the alias of a monitor, unless it is to be closed by hand",
          "[alias][P-086][P-087]") {
  const auto after_demonitor = [](monitor_alias_kind kind) {
    return always([kind] {
      const auto server = puppet();
      const auto ref = otp::monitor(server, kind);
      const bool active = otp::demonitor(ref);
      in(server, [ref] { tell(ref, "reply"); });
      const auto heard = end_and_hear(server);
      return fmt::format("{} \"{}\" {}", active, heard, otp::unalias(ref));
    });
  };
  CHECK(after_demonitor(monitor_alias_kind::demonitor) == "true \"\" false");
  CHECK(after_demonitor(monitor_alias_kind::reply_demonitor) == "true \"\" false");
  CHECK(after_demonitor(monitor_alias_kind::explicit_unalias) == "true \"reply\" true");
}

TEST_CASE("an alias that is closed by hand survives its monitor", "[alias][P-087]") {
  CHECK(always([] {
          const auto server = puppet();
          const auto ref = otp::monitor(server, monitor_alias_kind::explicit_unalias);
          const auto heard = end_and_hear(server);
          have_told(ref, "late");
          return fmt::format("{}/{} {}", heard, hear_all(), otp::unalias(ref));
        }) == "down oops/late true");
}

TEST_CASE("unalias leaves the monitor as it is", "[alias][P-083]") {
  CHECK(always([] {
          const auto server = puppet();
          const auto ref = otp::monitor(server, monitor_alias_kind::reply_demonitor);
          otp::unalias(ref);
          in(server, [ref] { tell(ref, "reply"); });
          return end_and_hear(server);
        }) == "down oops");
}

TEST_CASE("a monitor of a free name, with an alias, tells noproc and closes it", "[alias][P-086]") {
  CHECK(always([] {
          const auto ref = otp::monitor("nobody", monitor_alias_kind::demonitor);
          const auto heard = otp::receive([&](const otp::down& d) {
            return fmt::format("{} {} {}", d.ref == ref, d.name, d.reason);
          });
          return fmt::format("{} {}", heard, otp::unalias(ref));
        }) == "true nobody noproc false");
}

TEST_CASE("what is sent to an alias of a process that has ended is lost", "[alias][P-088]") {
  CHECK(always([] {
          const auto boss = self();
          const auto owner = otp::spawn([boss] { otp::send(boss, otp::alias()); });
          const auto there = otp::receive([](otp::alias_ref a) { return a; });
          await_end(owner);
          have_told(there, "late");
          have_told(otp::alias_ref{}, "to nobody");
          return hear_all();
        }).empty());
}

TEST_CASE("a server asked by monitor and alias answers, or its end is told, and never both",
          "[alias][P-085]") {
  // On threads both happen; in whatever order, there is exactly one message.
  CHECK(always([] {
          int told = 0;
          for (int round = 0; round < 50; ++round) {
            const auto server = otp::spawn([] {
              otp::receive([](otp::alias_ref to) { tell(to, "answer"); });
            });
            const auto ref = otp::monitor(server, monitor_alias_kind::reply_demonitor);
            const auto killer = otp::spawn([server] { otp::exit(server, otp::reason::kill); });
            otp::send(server, otp::alias_ref{ref});
            await_end(server);
            await_end(killer);
            for (auto next = hear(0s); next != "silence"; next = hear(0s)) ++told;
          }
          return told;
        }) == "50");
}

TEST_CASE("aliases are values: compared, ordered, hashed, and sent", "[alias]") {
  STATIC_REQUIRE(otp::sendable<otp::alias_ref>);
  STATIC_REQUIRE(otp::sendable<otp::monitor_alias>);
  CHECK(always([] {
          const auto one = otp::alias();
          const auto two = otp::alias();
          const std::set<otp::alias_ref> ordered{one, two, one};
          const std::unordered_set<otp::alias_ref> hashed{one, two, two};
          return fmt::format("{} {} {} {}", one == two, ordered.size(), hashed.size(),
                             otp::alias_ref{} ? "somebody" : "nobody");
        }) == "false 2 2 nobody");
}

TEST_CASE("outside of a process there are no aliases to make or close", "[alias]") {
  CHECK_THROWS_AS(otp::alias(), otp::not_a_process);
  CHECK_THROWS_AS(otp::unalias(otp::alias_ref{}), otp::not_a_process);
  CHECK_THROWS_AS(otp::monitor("name", monitor_alias_kind::demonitor), otp::not_a_process);
}

TEST_CASE("a full mailbox takes what is sent to an alias of its owner", "[alias][P-081]") {
  CHECK(always([] {
          const auto ref = otp::start<scripted>(
              otp::start_options{.mailbox = {.limit = 1, .when_full = otp::when_full::shed}});
          const auto boss = self();
          otp::cast(ref, order{[boss] {
            otp::send(boss, otp::alias());
            stay_busy_for(boss);
          }});
          const auto there = otp::receive([](otp::alias_ref a) { return a; });
          await_hello();
          const auto say_it = [boss](std::string what) {
            return poke{[=] { otp_test::tell(boss, what); }};
          };
          otp::send(ref.pid(), say_it("fills"));
          otp::send(ref.pid(), say_it("is lost"));
          otp::send(there, say_it("one"));
          otp::send(there, say_it("two"));
          otp::send(there, go{});
          const auto heard = hear(3);
          return heard + ", " + otp::call(ref, ask{say("done")}) + hear_all();
        }) == "fills, one, two, done");
}
