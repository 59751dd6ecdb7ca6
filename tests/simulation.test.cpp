// The simulated world: repeatable order, other orders, exact virtual time.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/gen_server.hpp>
#include <otp/testing/simulation.hpp>
#include <otp/timer.hpp>

#include <chrono>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

using namespace otp_test;
using otp::testing::simulation;
using otp::this_process::self;

namespace {

constexpr otp::runtime_options silent{.console = {}};

/// The order in which eight processes that are runnable at the same time, and wait a random time,
/// do their steps.
std::string trace(std::uint64_t seed) {
  const journal log;
  simulation world{seed, silent};
  std::vector<otp::pid> all;
  for (int i = 0; i < 8; ++i) {
    all.push_back(otp::spawn([log, i] {
      await_go();
      for (int step = 0; step < 4; ++step) {
        log.note(fmt::format("{}.{}", i, step));
        otp::sleep(std::chrono::microseconds{otp::this_runtime::random() % 3});
      }
    }));
  }
  for (const auto& each : all) let_go(each);
  world.run_until_idle();
  world.advance(1s);
  return log.text();
}

}  // namespace

// ---- order

TEST_CASE("the same seed gives the same order of everything, a hundred times", "[simulation]") {
  const auto first = trace(42);
  for (int i = 0; i < 100; ++i) REQUIRE(trace(42) == first);
}

TEST_CASE("other seeds give other orders", "[simulation]") {
  std::set<std::string> traces;
  for (std::uint64_t seed = 0; seed < 50; ++seed) traces.insert(trace(seed));
  CHECK(traces.size() > 45);
}

TEST_CASE("every order of two runnable processes occurs", "[simulation]") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    const journal log;
    simulation world{seed};
    otp::spawn([log] { log.note("a"); });
    otp::spawn([log] { log.note("b"); });
    world.run_until_idle();
    orders.insert(log.text());
  }
  CHECK(orders == std::set<std::string>{"a, b", "b, a"});
}

TEST_CASE("other processes may run between any two messages of one", "[simulation]") {
  std::set<std::string> orders;
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    const journal log;
    simulation world{seed};
    const auto first = otp::start<scripted>();
    const auto second = otp::start<scripted>();
    for (const char* text : {"a", "b"}) otp::cast(first, order{[=] { log.note(text); }});
    for (const char* text : {"x", "y"}) otp::cast(second, order{[=] { log.note(text); }});
    world.run_until_idle();
    orders.insert(log.text());
  }
  // All interleavings that keep the order of each sender and receiver.
  CHECK(orders == std::set<std::string>{"a, b, x, y", "a, x, b, y", "a, x, y, b", "x, y, a, b",
                                        "x, a, y, b", "x, a, b, y"});
}

// ---- time

TEST_CASE("time stands still until it is advanced, and then exactly that much",
          "[simulation][P-089]") {
  simulation world{1};
  CHECK(world.now() == 0ns);
  const auto start = otp::this_runtime::now();
  world.run_until_idle();
  CHECK(world.now() == 0ns);
  world.advance(123456789ns);
  CHECK(world.now() == 123456789ns);
  CHECK(otp::this_runtime::now() - start == 123456789ns);
}

TEST_CASE("timers fire at exactly their time, and in its order", "[simulation][P-089][P-099]") {
  const journal log;
  simulation world{1};
  const auto ref = otp::start<scripted>();
  for (const auto delay : {5ns, 1ns, 3ns, 100000000ns}) {
    otp::send_after(delay, ref.pid(),
                    poke{[log, &world] { log.note(std::to_string(world.now().count())); }});
  }
  world.advance(4ns);
  CHECK(log.text() == "1, 3");
  world.advance(1h);
  CHECK(log.text() == "1, 3, 5, 100000000");
}

TEST_CASE("a timer that is due exactly at the end of an advance fires within it",
          "[simulation][P-089]") {
  const journal log;
  simulation world{1};
  otp::spawn([log] {
    otp::sleep(10ms);
    log.note("awake");
  });
  world.advance(10ms - 1ns);
  CHECK(log.text().empty());
  world.advance(1ns);
  CHECK(log.text() == "awake");
}

TEST_CASE("a day of periodic work passes in no time", "[simulation]") {
  int ticks = 0;
  simulation world{1};
  otp::spawn([&] {
    for (;;) {
      otp::sleep(1min);
      ++ticks;
    }
  });
  world.advance(24h);
  CHECK(ticks == 24 * 60);
}

TEST_CASE("a wait of the testing thread lets time pass only as far as it must", "[simulation]") {
  simulation world{1};
  const auto ref = otp::start<scripted>();
  CHECK(answered(otp::try_call(ref, ask{[] {
                                 otp::sleep(3s);
                                 return scripted::answer{"awake"s};
                               }})) == "awake");
  CHECK(world.now() == 3s);
}

// ---- failures

namespace {

/// Starts a counter whenever there is none, and notes why.
class keeper : public otp::gen_server<keeper> {
 public:
  explicit keeper(journal log) : log_{std::move(log)} { start(); }
  void handle_info(otp::down message) {
    log_.note(message.reason.to_string());
    start();
  }

 private:
  void start() {
    otp::monitor(otp::start<scripted>(otp::start_options{.name = "counter"}, plan{}).pid());
    log_.note("started");
  }
  journal log_;
};

std::string crash_story(std::uint64_t seed) {
  const journal log;
  simulation world{seed, silent};
  const auto boss = otp::start<keeper>(log);
  const otp::name<scripted> counter{"counter"};
  for (const char* what : {"first", "second"}) {
    otp::cast(counter, order{[what] { throw std::runtime_error{what}; }});
    world.run_until_idle();
    log.note(otp::call(counter, ask{say("counts again")}));
  }
  otp::stop(boss);
  return log.text();
}

}  // namespace

TEST_CASE("a counter that crashes is started again by the process that monitors it",
          "[simulation]") {
  const auto expected =
      "started, std::runtime_error: first, started, counts again, "
      "std::runtime_error: second, started, counts again";
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    INFO("seed " << seed);
    CHECK(crash_story(seed) == expected);
  }
}

TEST_CASE("a simulation ends with processes that wait, sleep or have not begun", "[simulation]") {
  const journal log;
  struct witness {
    journal log;
    ~witness() { log.note("unwound"); }
  };
  {
    simulation world{1, silent};
    otp::spawn([log] {
      const witness w{log};
      await_go();
    });
    otp::spawn([log] {
      const witness w{log};
      otp::sleep(1h);
    });
    world.run_until_idle();
    otp::spawn([log] { log.note("begun"); });
  }
  CHECK(log.text() == "unwound, unwound");
}

TEST_CASE("a call that nobody will ever answer ends the test instead of hanging it",
          "[simulation]") {
  simulation world{1};
  const auto ref = otp::start<scripted>();
  otp::cast(ref, order{[] { await_go(); }});
  CHECK_THROWS_AS(otp::call(ref, ask{say("never")}, otp::infinity), std::logic_error);
}

TEST_CASE("two simulations do not disturb each other", "[simulation]") {
  simulation first{1};
  const auto a = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
  {
    simulation second{2};
    CHECK_FALSE(otp::whereis("db"));
    const auto b = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
    second.advance(1h);
    CHECK(otp::call(b, ask{say("second")}) == "second");
    CHECK(otp::call(a, ask{say("first")}) == "first");
  }
  CHECK(first.now() == 0ns);
  CHECK(otp::call(otp::name<scripted>{"db"}, ask{say("first")}) == "first");
}
