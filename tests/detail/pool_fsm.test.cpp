#include "detail/sequences.hpp"
#include "support/catch.hpp"
#include <otp/detail/pool_fsm.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace pooling = otp::detail::pooling;
using otp::pid;
using otp_test::sequences;
using pooling::ticket;
using std::chrono::nanoseconds;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

pid worker(std::uint64_t number) { return {0, 0, 1000 + number}; }
pid owner(std::uint64_t number) { return {0, 0, 1 + number}; }

std::string name(pid process) {
  return process.serial >= 1000 ? "w" + std::to_string(process.serial - 1000)
                                : "o" + std::to_string(process.serial - 1);
}
std::string name(ticket t) { return "t" + std::to_string(static_cast<std::uint64_t>(t)); }

std::string text_of(const pooling::grant& grant) {
  return "grant " + name(grant.ticket) + " " + name(grant.worker);
}
std::string text_of(const pooling::refuse& refuse) {
  const char* const why[] = {"none_free", "timeout", "stopping"};
  return "refuse " + name(refuse.ticket) + " " + why[static_cast<int>(refuse.why)];
}
std::string text_of(const pooling::replace& replace) { return "replace " + name(replace.worker); }
std::string text_of(const pooling::watch& watch) { return "watch " + name(watch.owner); }
std::string text_of(const pooling::unwatch& unwatch) { return "unwatch " + name(unwatch.owner); }
std::string text_of(const pooling::wake_at& wake) {
  return "wake " + std::to_string(wake.when.count());
}

lines decide(otp::detail::pool_fsm& pool, const pooling::event& event) {
  lines texts;
  for (const pooling::action& action : pool.decide(event)) {
    texts.push_back(std::visit([](const auto& what) { return text_of(what); }, action));
  }
  return texts;
}

// A pool with so many idle workers, w0 the longest idle.
otp::detail::pool_fsm pool_of(std::uint64_t workers,
                              pooling::abandoned how = pooling::abandoned::replace) {
  otp::detail::pool_fsm pool{how};
  for (std::uint64_t i = 0; i < workers; ++i) decide(pool, pooling::worker_up{worker(i)});
  return pool;
}

// Request number n by owner number n.
pooling::checkout wants(std::uint64_t n) { return {.ticket = ticket{n}, .owner = owner(n)}; }

}  // namespace

TEST_CASE("a request gets the worker that has been idle longest") {
  auto pool = pool_of(2);
  CHECK(decide(pool, wants(1)) == lines{"watch o1", "grant t1 w0"});
  CHECK(decide(pool, wants(2)) == lines{"watch o2", "grant t2 w1"});
  CHECK(decide(pool, pooling::give_back{ticket{2}}) == lines{"unwatch o2"});
  CHECK(decide(pool, pooling::give_back{ticket{1}}) == lines{"unwatch o1"});
  CHECK(decide(pool, wants(3)) == lines{"watch o3", "grant t3 w1"});
}

TEST_CASE("waiting requests are served in their order (C-201)") {
  auto pool = pool_of(1);
  decide(pool, wants(1));
  CHECK(decide(pool, wants(2)) == lines{"watch o2"});
  CHECK(decide(pool, wants(3)) == lines{"watch o3"});
  CHECK(decide(pool, pooling::give_back{ticket{1}}) == lines{"unwatch o1", "grant t2 w0"});
  CHECK(decide(pool, pooling::give_back{ticket{2}}) == lines{"unwatch o2", "grant t3 w0"});
}

TEST_CASE("of a hundred waiting requests those whose owners died are skipped (C-201)") {
  auto pool = pool_of(1);
  decide(pool, wants(0));
  for (std::uint64_t i = 1; i <= 100; ++i) decide(pool, wants(i));
  for (std::uint64_t i = 1; i <= 100; i += 2) {
    CHECK(decide(pool, pooling::owner_down{owner(i)}) == lines{});
  }
  CHECK(pool.waiting() == 50);
  for (std::uint64_t i = 0; i < 100; i += 2) {
    CHECK(decide(pool, pooling::give_back{ticket{i}}).back() ==
          "grant t" + std::to_string(i + 2) + " w0");
  }
}

TEST_CASE("a request that may not wait is refused at once when nothing is free (C-203)") {
  auto pool = pool_of(1);
  CHECK(decide(pool, {pooling::checkout{.ticket = ticket{1}, .owner = owner(1), .may_wait = false}})
            .back() == "grant t1 w0");
  CHECK(decide(pool,
               {pooling::checkout{.ticket = ticket{2}, .owner = owner(2), .may_wait = false}}) ==
        lines{"refuse t2 none_free"});
}

TEST_CASE("a request that has waited until its deadline is refused (C-204)") {
  auto pool = pool_of(0);
  auto late = wants(1);
  late.wait_until = 50ns;
  CHECK(decide(pool, late) == lines{"watch o1", "wake 50"});
  CHECK(decide(pool, wants(2)) == lines{"watch o2"});
  CHECK(decide(pool, pooling::deadline_passed{50ns}) == lines{"unwatch o1", "refuse t1 timeout"});
  CHECK(decide(pool, pooling::worker_up{worker(0)}) == lines{"grant t2 w0"});
}

TEST_CASE("a worker that is held beyond the deadline is replaced (C-204)") {
  auto pool = pool_of(1);
  auto slow = wants(1);
  slow.hold_until = 90ns;
  CHECK(decide(pool, slow) == lines{"watch o1", "grant t1 w0", "wake 90"});
  CHECK(decide(pool, pooling::deadline_passed{90ns}) == lines{"unwatch o1", "replace w0"});
  CHECK(decide(pool, pooling::give_back{ticket{1}}) == lines{});  // too late
  CHECK(decide(pool, pooling::worker_down{worker(0)}) == lines{});
  CHECK(pool.idle() + pool.lent() == 0);
  decide(pool, pooling::worker_up{worker(1)});
  CHECK(pool.idle() == 1);
}

TEST_CASE("the deadline of waiting does not apply to holding") {
  auto pool = pool_of(0);
  auto request = wants(1);
  request.wait_until = 50ns;
  decide(pool, request);
  decide(pool, pooling::worker_up{worker(0)});
  CHECK(decide(pool, pooling::deadline_passed{50ns}) == lines{});
  CHECK(pool.lent() == 1);
}

TEST_CASE("the timer is set only when it would go off too late") {
  auto pool = pool_of(0);
  auto request = wants(1);
  request.wait_until = 50ns;
  CHECK(decide(pool, request).back() == "wake 50");
  request = wants(2);
  request.wait_until = 80ns;
  CHECK(decide(pool, request) == lines{"watch o2"});
  request = wants(3);
  request.wait_until = 30ns;
  CHECK(decide(pool, request).back() == "wake 30");
  decide(pool, pooling::give_back{ticket{3}});
  // Nothing is due at 30; what is due next is asked for then.
  CHECK(decide(pool, pooling::deadline_passed{30ns}) == lines{"wake 50"});
}

TEST_CASE("an owner that dies with a worker in its hands has it replaced (C-205)") {
  auto pool = pool_of(2);
  decide(pool, wants(1));
  decide(pool, wants(2));
  decide(pool, wants(3));
  CHECK(decide(pool, pooling::owner_down{owner(1)}) == lines{"replace w0"});
  CHECK(pool.waiting() == 1);
  CHECK(decide(pool, pooling::worker_up{worker(7)}) == lines{"grant t3 w7"});
}

TEST_CASE("a worker that can be reused goes on to the next when its borrower dies") {
  auto pool = pool_of(1, pooling::abandoned::reuse);
  decide(pool, wants(1));
  decide(pool, wants(2));
  CHECK(decide(pool, pooling::owner_down{owner(1)}) == lines{"grant t2 w0"});
}

TEST_CASE("a dead owner's worker does not go to another request of the same owner") {
  auto pool = pool_of(1, pooling::abandoned::reuse);
  decide(pool, {pooling::checkout{.ticket = ticket{1}, .owner = owner(1)}});
  decide(pool, {pooling::checkout{.ticket = ticket{2}, .owner = owner(1)}});
  CHECK(decide(pool, pooling::owner_down{owner(1)}) == lines{});
  CHECK(pool.idle() == 1);
  CHECK(pool.waiting() == 0);
}

TEST_CASE("an owner is watched once, as long as it has requests") {
  auto pool = pool_of(2);
  const auto again = [](std::uint64_t n) {
    return pooling::checkout{.ticket = ticket{n}, .owner = owner(1)};
  };
  CHECK(decide(pool, again(1)) == lines{"watch o1", "grant t1 w0"});
  CHECK(decide(pool, again(2)) == lines{"grant t2 w1"});
  CHECK(decide(pool, pooling::give_back{ticket{1}}) == lines{});
  CHECK(decide(pool, pooling::give_back{ticket{2}}) == lines{"unwatch o1"});
  CHECK(decide(pool, again(3)) == lines{"watch o1", "grant t3 w0"});
}

TEST_CASE("a request that gives up waiting leaves the queue") {
  auto pool = pool_of(1);
  decide(pool, wants(1));
  decide(pool, wants(2));
  decide(pool, wants(3));
  CHECK(decide(pool, pooling::give_back{ticket{2}}) == lines{"unwatch o2"});
  CHECK(decide(pool, pooling::give_back{ticket{1}}) == lines{"unwatch o1", "grant t3 w0"});
}

TEST_CASE("a worker that dies is forgotten, idle or lent, and its successor takes its place") {
  auto pool = pool_of(2);
  decide(pool, wants(1));
  CHECK(decide(pool, pooling::worker_down{worker(0)}) == lines{"unwatch o1"});
  CHECK(decide(pool, pooling::worker_down{worker(1)}) == lines{});
  CHECK(pool.idle() + pool.lent() == 0);
  CHECK(decide(pool, pooling::give_back{ticket{1}}) == lines{});
  decide(pool, wants(2));
  CHECK(decide(pool, pooling::worker_up{worker(2)}) == lines{"grant t2 w2"});
}

TEST_CASE("a pool that stops refuses those who wait and those who come") {
  auto pool = pool_of(1);
  decide(pool, wants(1));
  decide(pool, wants(2));
  decide(pool, wants(3));
  CHECK(decide(pool, pooling::stop{}) ==
        lines{"unwatch o2", "refuse t2 stopping", "unwatch o3", "refuse t3 stopping"});
  CHECK(decide(pool, wants(4)) == lines{"refuse t4 stopping"});
}

// ---- against a second account of the same rules

namespace {

// One list of requests in order of arrival, looked through again for each question.
class reference {
 public:
  explicit reference(pooling::abandoned how) : how_{how} {}

  lines trace;
  std::vector<pid> idle;

  struct request {
    pooling::checkout asked;
    std::optional<pid> holds;
  };
  std::vector<request> requests;

  void worker_up(pid w) {
    idle.push_back(w);
    serve();
  }
  void worker_down(pid w) {
    std::erase(idle, w);
    drop_if([&](const request& r) { return r.holds == w; });
  }
  void checkout(const pooling::checkout& asked) {
    if (stopping_) return note("refuse " + name(asked.ticket) + " stopping");
    if (idle.empty() && !asked.may_wait) {
      return note("refuse " + name(asked.ticket) + " none_free");
    }
    if (!has_requests(asked.owner)) note("watch " + name(asked.owner));
    requests.push_back({asked, std::nullopt});
    serve();
  }
  void give_back(ticket t) {
    const auto dropped = drop_if([&](const request& r) { return r.asked.ticket == t; });
    for (const request& r : dropped) {
      if (r.holds) worker_up(*r.holds);
    }
  }
  void owner_down(pid o) {
    std::vector<request> gone;
    std::copy_if(requests.begin(), requests.end(), std::back_inserter(gone),
                 [&](const request& r) { return r.asked.owner == o; });
    std::erase_if(requests, [&](const request& r) { return r.asked.owner == o; });
    for (const request& r : gone) {
      if (!r.holds) continue;
      if (how_ == pooling::abandoned::reuse) {
        worker_up(*r.holds);
      } else {
        note("replace " + name(*r.holds));
      }
    }
  }
  void time_is(nanoseconds now) {
    for (;;) {
      const request* earliest = nullptr;
      for (const request& r : requests) {
        if (deadline(r) > now) continue;
        if (earliest == nullptr || deadline(r) < deadline(*earliest)) earliest = &r;
      }
      if (earliest == nullptr) return;
      const request late = *earliest;
      drop_if([&](const request& r) { return r.asked.ticket == late.asked.ticket; });
      note(late.holds ? "replace " + name(*late.holds)
                      : "refuse " + name(late.asked.ticket) + " timeout");
    }
  }
  void stop() {
    stopping_ = true;
    for (std::size_t i = 0; i < requests.size();) {
      if (requests[i].holds) {
        ++i;
        continue;
      }
      const ticket t = requests[i].asked.ticket;
      drop_if([&](const request& r) { return r.asked.ticket == t; });
      note("refuse " + name(t) + " stopping");
    }
  }

 private:
  static nanoseconds deadline(const request& r) {
    return r.holds ? r.asked.hold_until : r.asked.wait_until;
  }
  void note(std::string line) { trace.push_back(std::move(line)); }
  bool has_requests(pid o) const {
    return std::any_of(requests.begin(), requests.end(),
                       [&](const request& r) { return r.asked.owner == o; });
  }
  template <class Predicate>
  std::vector<request> drop_if(Predicate drop) {
    std::vector<request> dropped;
    for (auto it = requests.begin(); it != requests.end();) {
      if (!drop(*it)) {
        ++it;
        continue;
      }
      dropped.push_back(*it);
      it = requests.erase(it);
      if (!has_requests(dropped.back().asked.owner)) {
        note("unwatch " + name(dropped.back().asked.owner));
      }
    }
    return dropped;
  }
  void serve() {
    for (request& r : requests) {
      if (r.holds || idle.empty()) continue;
      r.holds = idle.front();
      idle.erase(idle.begin());
      note("grant " + name(r.asked.ticket) + " " + name(*r.holds));
    }
  }

  pooling::abandoned how_;
  bool stopping_ = false;
};

}  // namespace

TEST_CASE("the pool's machine and its reference agree on random sequences of events") {
  for (std::uint64_t seed = 1; seed <= sequences(2000); ++seed) {
    std::mt19937_64 random{seed};
    const auto how = static_cast<pooling::abandoned>(random() % 2);
    otp::detail::pool_fsm pool{how};
    reference model{how};
    std::uint64_t tickets = 0;
    std::uint64_t workers = 0;
    nanoseconds now{0};
    nanoseconds wake = otp::infinity;
    lines trace;
    const auto feed = [&](const pooling::event& event) {
      for (const pooling::action& action : pool.decide(event)) {
        if (const auto* timer = std::get_if<pooling::wake_at>(&action)) {
          wake = timer->when;
        } else {
          trace.push_back(std::visit([](const auto& what) { return text_of(what); }, action));
        }
      }
    };
    const auto later = [&] {
      return random() % 2 == 0 ? otp::infinity
                               : now + nanoseconds{static_cast<std::int64_t>(1 + random() % 9)};
    };
    for (int i = 0; i < 80; ++i) {
      switch (random() % 8) {
        case 0:
          if (pool.idle() + pool.lent() >= 4) break;
          feed(pooling::worker_up{worker(workers)});
          model.worker_up(worker(workers++));
          break;
        case 1: {
          const pid some = worker(random() % (workers + 1));
          feed(pooling::worker_down{some});
          model.worker_down(some);
          break;
        }
        case 2:
        case 3:
        case 4: {
          const pooling::checkout asked{ticket{tickets++}, owner(random() % 5), random() % 4 != 0,
                                        later(), later()};
          feed(asked);
          model.checkout(asked);
          break;
        }
        case 5: {
          const ticket some{random() % (tickets + 1)};
          feed(pooling::give_back{some});
          model.give_back(some);
          break;
        }
        case 6: {
          const pid some = owner(random() % 5);
          feed(pooling::owner_down{some});
          model.owner_down(some);
          break;
        }
        default:
          // Time passes, and the timer goes off when it was asked to.
          now += 2ns;
          while (wake <= now) {
            wake = otp::infinity;
            feed(pooling::deadline_passed{now});
          }
          model.time_is(now);
          break;
      }
      if (i == 70) {
        feed(pooling::stop{});
        model.stop();
      }
      INFO("seed " << seed << ", step " << i);
      REQUIRE(trace == model.trace);
      REQUIRE(pool.idle() == model.idle.size());
      REQUIRE(pool.lent() + pool.waiting() == model.requests.size());
      REQUIRE((pool.idle() == 0 || pool.waiting() == 0));
    }
  }
}
