// Fairness: nobody waits for his turn longer than the others' turns last. Turns are counted, never
// timed: while one thread carries all, the order of what happens there is the proof.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/detail/worker.hpp>
#include <otp/gen_server.hpp>
#include <otp/receive.hpp>
#include <otp/runtime.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <future>
#include <thread>
#include <utility>
#include <vector>

using namespace otp_test;

namespace {

constexpr int one_turn = otp::detail::worker::reductions_per_turn;
constexpr int turns_of_the_woken = otp::detail::worker::lifo_limit;
constexpr int flood = 20 * one_turn;
constexpr int in_the_middle = 100;  // of somebody's turn

const otp::runtime_options one_thread{.threads = 1, .console = std::nullopt};
const otp::runtime_options two_threads{.threads = 2, .console = std::nullopt};

struct drop {};
struct look {};
struct last {
  std::function<void()> then;
};
struct ball {
  otp::pid from;
};
struct stop {};

// Does `then` at the message in the middle, and counts all of them.
class flooded : public otp::gen_server<flooded> {
 public:
  flooded(int* count, std::function<void()> then) : count_{count}, then_{std::move(then)} {}
  void handle_cast(drop) {
    if (++*count_ == in_the_middle) then_();
  }
  void handle_cast(const last& message) { message.then(); }

 private:
  int* count_;
  std::function<void()> then_;
};

// Says how far the other one has come.
class looker : public otp::gen_server<looker> {
 public:
  looker(const int* count, std::promise<int>* seen) : count_{count}, seen_{seen} {}
  void handle_cast(look) { seen_->set_value(*count_); }

 private:
  const int* count_;
  std::promise<int>* seen_;
};

class echo : public otp::gen_server<echo> {
 public:
  struct ping {
    using reply = int;
  };
  int handle_call(ping) { return 1; }
};

// Plays ball with another one until somebody says stop.
class player : public otp::gen_server<player> {
 public:
  using info = otp::messages<ball>;
  player(int* count, std::function<void()> then) : count_{count}, then_{std::move(then)} {}
  void handle_info(ball b) {
    if (++*count_ == in_the_middle) then_();
    if (!over_) otp::send(b.from, ball{otp::this_process::self()});
  }
  void handle_cast(stop) { over_ = true; }

 private:
  int* count_;
  std::function<void()> then_;
  bool over_ = false;
};

}  // namespace

TEST_CASE("who is flooded keeps a server waiting for one turn at most") {
  int count = 0;
  std::promise<int> seen;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  const auto other = otp::start<looker>(&count, &seen);
  const auto busy = otp::start<flooded>(&count, [&] { otp::cast(other, look{}); });
  otp::spawn([busy] {
    for (int i = 0; i < flood; ++i) otp::cast(busy, drop{});
  });
  const int passed = seen.get_future().get();
  CHECK(passed >= in_the_middle);
  CHECK(passed <= in_the_middle + one_turn);
}

TEST_CASE(
    "who is flooded keeps a process that waits inside of its body waiting for one turn at most") {
  int count = 0;
  std::promise<int> seen;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  const auto other = otp::spawn([&] { otp::receive([&](look) { seen.set_value(count); }); });
  const auto busy = otp::start<flooded>(&count, [&] { otp::send(other, look{}); });
  otp::spawn([busy] {
    for (int i = 0; i < flood; ++i) otp::cast(busy, drop{});
  });
  const int passed = seen.get_future().get();
  CHECK(passed >= in_the_middle);
  CHECK(passed <= in_the_middle + one_turn);
}

TEST_CASE("two who only wake each other keep a third waiting for a few turns at most") {
  int count = 0;
  std::promise<int> seen;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  const auto third = otp::start<looker>(&count, &seen);
  const auto one = otp::start<player>(&count, [&] { otp::cast(third, look{}); });
  const auto other = otp::start<player>(&count, [&] { otp::cast(third, look{}); });
  otp::send(one.pid(), ball{other.pid()});
  const int passed = seen.get_future().get();
  otp::cast(one, stop{});
  otp::cast(other, stop{});
  otp::stop(one);
  otp::stop(other);
  CHECK(passed >= in_the_middle);
  CHECK(passed <= in_the_middle + 2 * turns_of_the_woken);
}

TEST_CASE("who calls without a pause keeps others waiting for the turns of the woken at most") {
  int count = 0;
  std::promise<int> seen;
  std::promise<void> ended;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  const auto third = otp::start<looker>(&count, &seen);
  const auto server = otp::start<echo>();
  otp::spawn([&] {
    while (count < flood) {
      count += otp::call(server, echo::ping{});
      if (count == in_the_middle) otp::cast(third, look{});
    }
    ended.set_value();
  });
  const int passed = seen.get_future().get();
  ended.get_future().get();
  CHECK(passed >= in_the_middle);
  CHECK(passed <= in_the_middle + 2 * turns_of_the_woken);
}

TEST_CASE("a message of a plain thread gets through to a worker that never runs out of work") {
  int count = 0;
  std::promise<void> playing;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  const auto one = otp::start<player>(&count, [&] { playing.set_value(); });
  const auto other = otp::start<player>(&count, [&] { playing.set_value(); });
  otp::send(one.pid(), ball{other.pid()});
  playing.get_future().get();
  // They play for ever if these are not heard.
  otp::stop(one);
  otp::stop(other);
  CHECK(count >= in_the_middle);
}

TEST_CASE("who waits inside of his body has one turn while each of many servers has one") {
  constexpr int servers = 20;
  constexpr int rounds = flood / one_turn;
  std::atomic<bool> done{false};
  std::atomic<int> looked{0};
  std::atomic<int> idle{servers};
  std::atomic<int> looked_then{0};
  std::vector<int> counts(servers);
  std::promise<void> holds;
  std::promise<void> release;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  std::vector<otp::server_ref<flooded>> all;
  for (int& count : counts) all.push_back(otp::start<flooded>(&count, [] {}));
  otp::spawn([&] {
    holds.set_value();
    release.get_future().wait();  // nobody runs before all mailboxes are full
    while (!done) {
      otp::receive(otp::after(0s, [] {}));  // gives way when its turn is over
      ++looked;
    }
  });
  holds.get_future().get();
  for (const auto& each : all) {
    for (int i = 0; i < flood; ++i) otp::cast(each, drop{});
  }
  for (const auto& each : all) {
    otp::cast(each, last{[&] {
                if (--idle == 0) looked_then = looked.load();
              }});
  }
  release.set_value();
  while (idle != 0) std::this_thread::yield();
  done = true;
  CHECK(looked_then / one_turn >= rounds - 2);
  CHECK(looked_then / one_turn <= rounds + 2);
}

TEST_CASE("who holds his thread does not hold up those whom he has woken") {
  constexpr int many = 600;  // more than a run queue takes
  std::atomic<int> ran{0};
  std::promise<void> all;
  std::promise<void> ended;
  otp::runtime rt{two_threads};
  const auto scope = rt.enter();
  otp::spawn([&] {
    for (int i = 0; i < many; ++i) {
      otp::spawn([&] {
        if (++ran == many) all.set_value();
      });
    }
    all.get_future().wait();  // holds the thread: the other one has to take them all
    ended.set_value();
  });
  ended.get_future().get();
  CHECK(ran == many);
}

TEST_CASE("who yields again and again has one turn while each of many others has one") {
  constexpr int rounds = 4;
  constexpr int others = 2000;  // more than a run queue takes
  int looks = 0;
  std::vector<int> seen;
  std::promise<void> all;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  otp::spawn([&] {
    for (int i = 0; i < rounds; ++i) {
      for (int k = 0; k < others; ++k) otp::spawn([&] { ++looks; });
      otp::this_process::yield();
      seen.push_back(looks);
    }
    all.set_value();
  });
  all.get_future().get();
  for (int i = 0; i < rounds; ++i) CHECK(seen[static_cast<std::size_t>(i)] >= i * others);
}

TEST_CASE("a tree of processes is walked depth first: few of its parents wait at once") {
  constexpr int parents = 1111;  // of 10,000 leaves
  int waiting = 0;
  int most = 0;
  std::promise<void> grown;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  std::function<void(otp::pid, int)> grow = [&](otp::pid parent, int leaves) {
    if (leaves > 1) {
      most = std::max(most, ++waiting);
      for (int i = 0; i < 10; ++i) {
        otp::spawn([&grow, leaves, me = otp::this_process::self()] { grow(me, leaves / 10); });
      }
      for (int i = 0; i < 10; ++i) otp::receive([](look) {});
      --waiting;
    }
    otp::send(parent, look{});
  };
  otp::spawn([&] {
    grow(otp::this_process::self(), 10'000);
    grown.set_value();
  });
  grown.get_future().get();
  CHECK(waiting == 0);
  CHECK(most < parents / 4);
}

TEST_CASE(
    "many who start their successors and end keep who yields waiting for their share at most") {
  constexpr int chains = 100;
  constexpr int share = chains * (otp::detail::worker::newborn_limit + 1);
  constexpr int all = 20 * share;
  int links = 0;
  int longest = 0;
  std::promise<void> done;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  std::function<void()> chain = [&] {
    if (++links < all) otp::spawn([&] { chain(); });
  };
  otp::spawn([&] {
    for (int i = 0; i < chains; ++i) otp::spawn([&] { chain(); });
    while (links < all) {
      const int before = links;
      otp::this_process::yield();
      longest = std::max(longest, links - before);
    }
    done.set_value();
  });
  done.get_future().get();
  CHECK(longest >= chains);
  CHECK(longest <= 2 * share);
}

TEST_CASE("who starts his successor and ends has one turn while each of many servers has one") {
  constexpr int servers = 100;
  constexpr int rounds = flood / one_turn;
  int links = 0;
  int idle = servers;
  std::vector<int> counts(servers);
  std::promise<void> done;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  std::vector<otp::server_ref<flooded>> all;
  for (int& count : counts) all.push_back(otp::start<flooded>(&count, [] {}));
  std::function<void()> chain = [&] {
    if (idle == 0) return done.set_value();
    ++links;
    otp::spawn([&] { chain(); });
  };
  otp::spawn([&] {
    for (const auto& each : all) {
      for (int i = 0; i < flood; ++i) otp::cast(each, drop{});
      otp::cast(each, last{[&] { --idle; }});
    }
    chain();
  });
  done.get_future().get();
  CHECK(links >= rounds - 2);
  CHECK(links <= rounds + 2);
}

TEST_CASE("who is killed by a process that he lets run ends where he yields") {
  std::promise<otp::exit_reason> ended;
  otp::runtime rt{one_thread};
  const auto scope = rt.enter();
  otp::spawn([&] {
    const auto [busy, ref] = otp::spawn_monitor([killer = otp::this_process::self()] {
      otp::send(killer, look{});
      for (;;) otp::this_process::yield();
    });
    otp::receive([busy = busy](look) { otp::exit(busy, otp::reason::kill); });
    otp::receive([&](const otp::down& d) { ended.set_value(d.reason); });
  });
  CHECK(ended.get_future().get() == otp::reason::killed);
}
