// Pools: who gets a worker when, and that none is ever lost (C-200, C-201, C-203 to C-205).
#include "support/catch.hpp"
#include <otp/pool.hpp>
#include <otp/process.hpp>
#include <otp/receive.hpp>
#include <otp/runtime.hpp>
#include <otp/testing/simulation.hpp>

#include <fmt/format.h>

#include <atomic>
#include <chrono>
#include <future>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

using namespace std::chrono_literals;

namespace {

using journal = std::vector<std::string>;
using pool_name = otp::name<otp::pool>;
const pool_name desk{"desk"};

// A worker that says its number.
class clerk : public otp::gen_server<clerk> {
 public:
  struct who {
    using reply = int;
  };
  explicit clerk(int number) : number_{number} {}
  int handle_call(who) const { return number_; }

 private:
  int number_;
};

// Tells a process to go on.
struct finish {};

// Keeps its children alive the way a supervisor does, as far as these tests need it.
// Tells `observer` when all are up.
void keep_alive(std::vector<otp::child_spec> children, const otp::pid& observer = {}) {
  otp::this_process::trap_exit(true);
  std::vector<otp::pid> running;
  for (const auto& each : children) running.push_back(*each.start());
  otp::send(observer, finish{});
  for (;;) {
    otp::receive([&](const otp::exited& end) {
      for (std::size_t at = 0; at < running.size(); ++at) {
        if (running[at] == end.from) running[at] = *children[at].start();
      }
    });
  }
}

// A pool called "desk" with workers 1 to `size` in virtual time.
struct office {
  explicit office(int size, otp::abandoned_worker how = otp::abandoned_worker::replace) {
    otp::spawn([size, how] {
      std::vector<otp::child_spec> children{
          otp::child<otp::pool>(otp::start_options{.name = "desk"}, how)};
      for (int n = 1; n <= size; ++n) {
        children.push_back(
            otp::pool_worker<clerk>(desk, {.name = "clerk " + std::to_string(n)}, n));
      }
      keep_alive(children);
    });
    sim.run_until_idle();
  }

  otp::pool_status status() { return otp::status(desk); }

  otp::testing::simulation sim{1};
};

int number(const otp::lease<clerk>& held) { return otp::call(held.worker(), clerk::who{}); }

// A process that borrows a worker, says so, and holds it until it is told to finish.
otp::pid borrower(journal& lines, const std::string& name, otp::checkout_options options = {}) {
  return otp::spawn([&lines, name, options] {
    auto held = otp::try_checkout<clerk>(desk, options);
    if (!held) {
      lines.push_back(name + ": " + fmt::to_string(held.error()));
      return;
    }
    lines.push_back(name + " has " + std::to_string(number(*held)));
    otp::receive([](finish) {});
  });
}

}  // namespace

TEST_CASE("workers are lent in turn, the longest idle first, and come back with the lease") {
  office o{2};
  journal lines;
  otp::spawn([&lines] {
    for (int n = 0; n < 3; ++n) {
      const auto held = otp::checkout<clerk>(desk);
      lines.push_back(std::to_string(number(held)));
    }
  });
  o.sim.run_until_idle();
  CHECK(lines == journal{"1", "2", "1"});
  CHECK(o.status().idle == 2);
}

TEST_CASE("requests are served in the order of asking") {
  office o{1};
  journal lines;
  std::vector<otp::pid> borrowers;
  for (const char* name : {"a", "b", "c"}) {
    borrowers.push_back(borrower(lines, name));
    o.sim.run_until_idle();
  }
  CHECK(o.status().waiting == 2);
  for (const auto& each : borrowers) {
    otp::send(each, finish{});
    o.sim.run_until_idle();
  }
  CHECK(lines == journal{"a has 1", "b has 1", "c has 1"});
  CHECK(o.status().idle == 1);
}

TEST_CASE("a request that dies while waiting is skipped") {
  office o{1};
  journal lines;
  const auto first = borrower(lines, "a");
  o.sim.run_until_idle();
  const auto second = borrower(lines, "b");
  o.sim.run_until_idle();
  borrower(lines, "c");
  o.sim.run_until_idle();
  otp::exit(second, otp::reason::kill);
  o.sim.run_until_idle();
  CHECK(o.status().waiting == 1);
  otp::send(first, finish{});
  o.sim.run_until_idle();
  CHECK(lines == journal{"a has 1", "c has 1"});
}

TEST_CASE("a request waits until its timeout and is told what the pool was doing") {
  office o{1};
  journal lines;
  borrower(lines, "a");
  o.sim.run_until_idle();
  borrower(lines, "b", {.timeout = 50ms});
  o.sim.advance(49ms);
  CHECK(lines.size() == 1);
  o.sim.advance(1ms);
  CHECK(lines.back() ==
        "b: no worker was free within 50ms: 1 in use, 0 other requests waiting; add workers or "
        "hold them for less time");
}

TEST_CASE("a request that does not wait takes an idle worker or none") {
  office o{1};
  journal lines;
  borrower(lines, "a", {.timeout = 0s});
  o.sim.run_until_idle();
  borrower(lines, "b", {.timeout = 0s});
  o.sim.run_until_idle();
  CHECK(lines == journal{"a has 1",
                         "b: no worker is free: 1 in use, 0 other requests waiting; add workers or "
                         "hold them for less time"});
}

TEST_CASE("the worker of a borrower that died is replaced") {
  office o{1};
  journal lines;
  const auto before = otp::whereis("clerk 1");
  const auto first = borrower(lines, "a");
  o.sim.run_until_idle();
  otp::exit(first, otp::reason::kill);
  o.sim.run_until_idle();
  CHECK_FALSE(otp::is_alive(before));
  CHECK(o.status().idle == 1);
  borrower(lines, "b");
  o.sim.run_until_idle();
  CHECK(lines == journal{"a has 1", "b has 1"});
}

TEST_CASE("or it is lent on, if the pool was told that its workers are always in order") {
  office o{1, otp::abandoned_worker::reuse};
  journal lines;
  const auto before = otp::whereis("clerk 1");
  const auto first = borrower(lines, "a");
  o.sim.run_until_idle();
  borrower(lines, "b");
  o.sim.run_until_idle();
  otp::exit(first, otp::reason::kill);
  o.sim.run_until_idle();
  CHECK(otp::is_alive(before));
  CHECK(lines.size() == 2);
}

TEST_CASE("an exception that passes a lease abandons the worker") {
  office o{1};
  const auto before = otp::whereis("clerk 1");
  otp::spawn([] {
    try {
      const auto held = otp::checkout<clerk>(desk);
      throw std::runtime_error{"in the midst of something"};
    } catch (const std::runtime_error&) {
    }
  });
  o.sim.run_until_idle();
  CHECK_FALSE(otp::is_alive(before));
  CHECK(o.status().idle == 1);
}

TEST_CASE("a lease that is used while an earlier exception is handled is given back in order") {
  office o{1};
  const auto before = otp::whereis("clerk 1");
  otp::spawn([] {
    struct cleanup {
      ~cleanup() { const auto held = otp::try_checkout<clerk>(desk, {.timeout = 0s}); }
    };
    try {
      const cleanup later;
      throw std::runtime_error{"earlier"};
    } catch (const std::runtime_error&) {
    }
  });
  o.sim.run_until_idle();
  CHECK(otp::is_alive(before));
  CHECK(o.status().idle == 1);
}

TEST_CASE("a worker that is kept too long is replaced under its borrower") {
  office o{1};
  journal lines;
  const auto before = otp::whereis("clerk 1");
  borrower(lines, "a", {.hold = 1s});
  o.sim.run_until_idle();
  o.sim.advance(1s);
  CHECK_FALSE(otp::is_alive(before));
  CHECK(o.status().idle == 1);
  CHECK(o.status().lent == 0);
}

TEST_CASE("a worker that dies comes back by its supervisor, lent or idle") {
  office o{1};
  journal lines;
  otp::exit(otp::whereis("clerk 1"), otp::reason::kill);
  o.sim.run_until_idle();
  CHECK(o.status().idle == 1);
  const auto first = borrower(lines, "a");
  o.sim.run_until_idle();
  borrower(lines, "b");
  o.sim.run_until_idle();
  otp::exit(otp::whereis("clerk 1"), otp::reason::kill);
  o.sim.run_until_idle();
  CHECK(lines == journal{"a has 1", "b has 1"});
  otp::send(first, finish{});  // what it gives back is not known any more
  o.sim.run_until_idle();
  CHECK(o.status().lent == 1);
  CHECK(o.status().idle == 0);
}

TEST_CASE("a lease may be moved, and given back or abandoned by hand, once") {
  office o{1};
  journal lines;
  otp::spawn([&] {
    auto held = otp::checkout<clerk>(desk);
    auto moved = std::move(held);
    lines.push_back(std::to_string(number(moved)));
    moved.give_back();
    moved.give_back();
    auto again = otp::checkout<clerk>(desk);
    moved = std::move(again);
    moved.abandon();
    moved.abandon();
  });
  o.sim.run_until_idle();
  CHECK(lines == journal{"1"});
  CHECK(o.status().idle == 1);
}

TEST_CASE("with_worker lends for one call and passes on what it returned or threw") {
  office o{1};
  journal lines;
  otp::spawn([&] {
    const auto ask = [](otp::server_ref<clerk> worker) { return otp::call(worker, clerk::who{}); };
    lines.push_back(std::to_string(*otp::with_worker<clerk>(desk, ask)));
    const auto nothing = otp::with_worker<clerk>(desk, [](otp::server_ref<clerk>) {});
    lines.push_back(nothing ? "void" : "failed");
    try {
      static_cast<void>(otp::with_worker<clerk>(
          desk, [](otp::server_ref<clerk>) -> int { throw std::runtime_error{"boom"}; }));
    } catch (const std::runtime_error& error) {
      lines.emplace_back(error.what());
    }
  });
  o.sim.run_until_idle();
  CHECK(lines == journal{"1", "void", "boom"});
  CHECK(o.status().idle == 1);
}

TEST_CASE("without a pool, or when it ends, a checkout fails at once and says so") {
  office o{0};
  journal lines;
  borrower(lines, "a");
  o.sim.run_until_idle();
  otp::stop(otp::whereis("desk"), otp::reason::shutdown);
  o.sim.run_until_idle();
  CHECK(lines == journal{"a: the pool is not available: shutdown"});
  otp::spawn([&] {
    const auto held = otp::try_checkout<clerk>(pool_name{"none"});
    lines.push_back(fmt::to_string(held.error()));
    try {
      static_cast<void>(otp::checkout<clerk>(pool_name{"none"}));
    } catch (const otp::exit_error& error) {
      lines.push_back(error.reason().to_string());
    }
  });
  o.sim.run_until_idle();
  CHECK(lines.at(1) == "the pool is not available: noproc");
  CHECK(lines.at(2) == lines.at(1));
}

TEST_CASE("a lease says how long its checkout waited") {
  office o{1};
  journal lines;
  const auto first = borrower(lines, "a");
  o.sim.run_until_idle();
  std::optional<std::chrono::nanoseconds> waited;
  otp::spawn([&] { waited = otp::checkout<clerk>(desk).waited(); });
  o.sim.advance(30ms);
  otp::send(first, finish{});
  o.sim.run_until_idle();
  REQUIRE(waited.has_value());
  CHECK(*waited == 30ms);
}

TEST_CASE("a plain thread may borrow a worker too") {
  office o{1};
  const auto held = otp::checkout<clerk>(desk);
  CHECK(otp::call(held.worker(), clerk::who{}) == 1);
}

TEST_CASE("no worker is lost when borrowers are killed at any point") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    office o{3};
    journal lines;
    std::vector<otp::pid> borrowers;
    for (int n = 0; n < 40; ++n) {
      borrowers.push_back(borrower(lines, std::to_string(n), {.timeout = 1h}));
      if (n % 3 == 0) {
        otp::exit(borrowers[static_cast<std::size_t>(seed * 7 + 5) % borrowers.size()],
                  otp::reason::kill);
      }
      if (n % 2 == 0) o.sim.run_until_idle();
      if (n % 5 == 0) otp::send(borrowers.front(), finish{});
    }
    for (const auto& each : borrowers) otp::exit(each, otp::reason::kill);
    o.sim.run_until_idle();
    CHECK(o.status().idle == 3);
    CHECK(o.status().lent == 0);
    CHECK(o.status().waiting == 0);
  }
}

TEST_CASE("many processes on two threads share a few workers") {
  otp::runtime rt{{.threads = 2, .console = std::nullopt}};
  constexpr int borrowers = 50;
  constexpr int rounds = 20;
  std::promise<void> promise;
  auto done = promise.get_future();
  std::atomic<int> uses{0};
  std::atomic<int> left{borrowers};
  rt.spawn([&] {
    otp::spawn_link([self = otp::this_process::self()] {
      keep_alive(
          {otp::child<otp::pool>(otp::start_options{.name = "desk"}, otp::abandoned_worker::reuse),
           otp::pool_worker<clerk>(desk, {.name = "clerk 1"}, 1),
           otp::pool_worker<clerk>(desk, {.name = "clerk 2"}, 2)},
          self);
    });
    otp::receive([](finish) {});
    for (int n = 0; n < borrowers; ++n) {
      otp::spawn([&] {
        for (int round = 0; round < rounds; ++round) {
          const auto held = otp::checkout<clerk>(desk, {.timeout = 1h});
          uses += number(held) > 0 ? 1 : 0;
        }
        if (--left == 0) promise.set_value();
      });
    }
    otp::receive([](finish) {});
  });
  done.get();
  CHECK(uses == borrowers * rounds);
}
