// The server of presence, in virtual time.
#include "presence/presence.hpp"

#include "support/catch.hpp"
#include <otp/child.hpp>
#include <otp/process.hpp>
#include <otp/pubsub.hpp>
#include <otp/receive.hpp>
#include <otp/supervisor.hpp>
#include <otp/testing/simulation.hpp>

#include <fmt/format.h>

#include <functional>
#include <string>
#include <string_view>

using namespace chatroom;
using namespace std::chrono_literals;

namespace {

constexpr std::string_view topic = "room:1";

std::string counts(std::string_view sign, const presence::entries& all) {
  std::string out;
  for (const auto& [key, metas] : all) out += fmt::format("{}{}{} ", sign, key, metas.size());
  return out;
}

// A presence and a PubSub in a supervisor; one who listens writes down what is told.
struct world {
  otp::testing::simulation sim{1, {.console = std::nullopt}};
  std::string told;

  world() {
    otp::start(otp::supervisor_spec{
        .children = {otp::child<otp::pubsub>({.name = "news"}),
                     otp::child<presence::server>(
                         {.name = std::string{presence::server_name}, .pubsub = "news"})}});
    listen();
    sim.run_until_idle();
  }

  void listen() {
    sim.runtime().spawn([this] {
      otp::subscribe(otp::name<otp::pubsub>{"news"}, topic);
      for (;;) {
        otp::receive([&](const otp::shared<presence::news>& one) {
          told += counts("+", one->changes.joins) + counts("-", one->changes.leaves);
          told += fmt::format("({}) ", one->now->size());
        });
      }
    });
  }

  // A process that does `work` and lives until it is killed.
  otp::pid tab(std::function<void()> work) {
    const otp::pid made = sim.runtime().spawn([work = std::move(work)] {
      work();
      otp::sleep(24h);
    });
    sim.run_until_idle();
    return made;
  }
  otp::pid tab(const std::string& name) {
    return tab([name] { presence::track(otp::this_process::self(), topic, name).value(); });
  }

  std::string news_within(std::chrono::nanoseconds time) {
    told.clear();
    sim.advance(time);
    return told;
  }

  static std::string listed() {
    const auto all = presence::list(topic);
    if (!all) return "nobody answers";
    return counts("", **all);
  }
};

}  // namespace

TEST_CASE("[C-240] those who come together are one piece of news, with the list after it") {
  world w;
  for (int i = 0; i < 3; ++i) w.tab("Ann");
  w.tab("Bob");
  CHECK(w.news_within(1s) == "+Ann3 +Bob1 (2) ");
  CHECK(w.listed() == "Ann3 Bob1 ");
}

TEST_CASE("[C-033] a leave is told three seconds after the last tab is gone") {
  world w;
  const otp::pid ann = w.tab("Ann");
  w.sim.advance(1s);
  otp::exit(ann, otp::reason::kill);
  CHECK(w.news_within(2900ms).empty());
  CHECK(w.listed() == "Ann1 ");
  CHECK(w.news_within(1s) == "-Ann1 (0) ");
  CHECK(w.listed().empty());
}

TEST_CASE("[C-033] a tab that comes back within the grace is no join and no leave of the name") {
  world w;
  const otp::pid ann = w.tab("Ann");
  w.sim.advance(1s);
  otp::exit(ann, otp::reason::normal);
  otp::exit(ann, otp::reason::kill);
  w.sim.advance(1s);
  w.tab("Ann");
  CHECK(w.news_within(1s) == "+Ann1 -Ann1 (1) ");
  CHECK(w.news_within(10s).empty());
  CHECK(w.listed() == "Ann1 ");
}

TEST_CASE("[C-240] who tracks a process that has ended already tracks it for the grace only") {
  world w;
  const otp::pid gone = w.sim.runtime().spawn([] {});
  w.sim.run_until_idle();
  w.tab([gone] { presence::track(gone, topic, "Ann").value(); });
  CHECK(w.news_within(1s) == "+Ann1 (1) ");
  CHECK(w.news_within(10s) == "-Ann1 (0) ");
}

TEST_CASE("[C-240] update and untrack are told; a second track of the same is refused") {
  world w;
  w.tab([] {
    const otp::pid self = otp::this_process::self();
    const auto one = presence::track(self, topic, "Ann", "here").value();
    CHECK(one);
    CHECK_FALSE(presence::track(self, topic, "Ann").value());
    otp::sleep(1s);
    const auto other = presence::update(self, topic, "Ann", "away").value();
    CHECK(other);
    CHECK(other != one);
    otp::sleep(1s);
    CHECK(presence::untrack(self, topic, "Ann"));
    CHECK_FALSE(presence::update(self, topic, "Ann", "").value());
  });
  CHECK(w.news_within(500ms) == "+Ann1 (1) ");
  CHECK(w.news_within(1s) == "+Ann1 -Ann1 (1) ");
  CHECK(w.news_within(1s) == "-Ann1 (0) ");
}

TEST_CASE("[C-034] without a PubSub nothing is told, and with the next one it is again") {
  world w;
  w.tab("Ann");
  w.sim.advance(1s);
  otp::exit(otp::whereis("news"), otp::reason::kill);
  w.sim.run_until_idle();
  w.tab("Bob");
  w.sim.advance(1s);
  CHECK(w.listed() == "Ann1 Bob1 ");
  w.listen();
  w.tab("Cyd");
  CHECK(w.news_within(1s) == "+Cyd1 (3) ");
}

TEST_CASE("[C-034] a presence that starts again knows of nobody; who tracks hears of its end") {
  world w;
  bool heard = false;
  w.tab([&] {
    const otp::pid self = otp::this_process::self();
    presence::track(self, topic, "Ann").value();
    otp::monitor(presence::server_name);
    otp::receive([&](const otp::down&) { heard = true; });
    // The first call may come before its successor is there.
    while (!presence::track(self, topic, "Ann")) otp::sleep(50ms);
  });
  w.sim.advance(1s);
  otp::exit(otp::whereis(presence::server_name), otp::reason::kill);
  w.sim.advance(1s);
  CHECK(heard);
  CHECK(w.listed() == "Ann1 ");
  CHECK(w.news_within(10s).empty());
}

TEST_CASE("[C-240] while there is no presence, everybody is told so at once") {
  otp::testing::simulation sim{1, {.console = std::nullopt}};
  std::string said;
  sim.runtime().spawn([&] {
    const otp::pid self = otp::this_process::self();
    said = fmt::format("{} {} {} {}", presence::track(self, topic, "Ann").error().root(),
                       presence::update(self, topic, "Ann", "").error().root(),
                       presence::untrack(self, topic, "Ann").error().root(),
                       presence::list(topic).error().root());
  });
  sim.run_until_idle();
  CHECK(said == "noproc noproc noproc noproc");
}
