// Runtimes: with threads of their own, several at once, as guests in an executor, and simulated.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/asio.hpp>
#include <otp/runtime.hpp>
#include <otp/timer.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <latch>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace asio = boost::asio;

namespace {

struct tick {};
struct ask {
  otp::pid from;
};
struct answer {
  int value;
};

// Counts ticks, and fails at every third.
void count_ticks() {
  int count = 0;
  for (;;) {
    otp::receive(
        [&](tick) {
          if (++count == 3) throw std::runtime_error{"three"};
        },
        [&](ask a) { otp::send(a.from, answer{count}); });
  }
}

// Keeps one counter alive under the name "counter" until it is told to stop.
int supervise_counter() {
  trap_exit(true);
  int restarts = 0;
  const auto start = [] {
    otp::spawn_link([] {
      otp::register_name("counter");
      tell(otp::this_process::ancestors().at(0), "started");
      count_ticks();
    });
    hear();
  };
  start();
  for (bool running = true; running;) {
    otp::receive(
        [&](const otp::exited&) {
          ++restarts;
          start();
        },
        [&](ask a) {
          otp::send(a.from, answer{restarts});
          running = false;
        });
  }
  return restarts;
}

// Drives the supervised counter through two failures and returns what was seen.
std::string use_counter() {
  const auto supervisor = otp::spawn([me = self()] {
    tell(me, "up");
    supervise_counter();
  });
  hear();
  const auto counter = [] {
    while (!otp::whereis("counter")) otp::sleep(1ms);
    return otp::whereis("counter");
  };
  const auto count_of = [](const otp::pid& which) {
    otp::send(which, ask{self()});
    return otp::receive([](answer a) { return fmt::format("{} ", a.value); });
  };
  std::string seen;
  for (int failures = 0; failures < 2; ++failures) {
    const auto current = counter();
    seen += count_of(current);
    for (int i = 0; i < 2; ++i) otp::send(current, tick{});
    seen += count_of(current);
    otp::send(current, tick{});
    await_end(current);
  }
  seen += count_of(counter());
  otp::send(supervisor, ask{self()});
  return seen + "restarts: " +
         otp::receive([](answer a) { return fmt::to_string(a.value); });
}

}  // namespace

// ---- threads of its own

TEST_CASE("processes run on the threads of the runtime", "[runtime]") {
  otp::runtime rt{quiet};
  std::promise<std::thread::id> where;
  rt.spawn([&] { where.set_value(std::this_thread::get_id()); });
  CHECK(where.get_future().get() != std::this_thread::get_id());
}

TEST_CASE("two processes run at the same time on two threads", "[runtime]") {
  otp::runtime rt{quiet};
  std::latch both{2};
  std::latch seen{2};
  for (int i = 0; i < 2; ++i) {
    rt.spawn([&] {
      both.arrive_and_wait();  // blocks its thread until the other one is here
      seen.count_down();
    });
  }
  seen.wait();
  CHECK(both.try_wait());
}

TEST_CASE("one thread carries many processes", "[runtime]") {
  otp::runtime rt{{.threads = 1, .console = std::nullopt}};
  const auto scope = rt.enter();
  std::promise<int> sum;
  otp::spawn([&] {
    for (int i = 1; i <= 1000; ++i) {
      otp::spawn([i, me = self()] {
        otp::sleep(1ms);
        otp::send(me, i);
      });
    }
    int total = 0;
    for (int i = 0; i < 1000; ++i) total += otp::receive([](int n) { return n; });
    sum.set_value(total);
  });
  CHECK(sum.get_future().get() == 500'500);
}

TEST_CASE("a process woken by one that holds its thread runs on another thread", "[runtime]") {
  otp::runtime rt{quiet};
  const auto scope = rt.enter();
  std::promise<std::string> result;
  otp::spawn([&] {
    std::promise<void> helped;
    const auto helper = otp::spawn([&helped] { helped.set_value(); });
    helped.get_future().wait();  // holds the thread
    await_end(helper);
    result.set_value("helped");
  });
  CHECK(result.get_future().get() == "helped");
}

TEST_CASE("a thread that has entered a runtime uses the free functions", "[runtime]") {
  otp::runtime rt{quiet};
  const auto scope = rt.enter();
  std::promise<std::string> heard;
  const auto p = otp::spawn([&] {
    otp::register_name("listener");
    heard.set_value(hear());
  });
  while (!otp::whereis("listener")) std::this_thread::yield();
  CHECK(otp::whereis("listener") == p);
  CHECK(rt.whereis("listener") == p);
  CHECK(otp::is_alive(p));
  otp::send("listener", note{"hello"});
  CHECK(heard.get_future().get() == "hello");
}

TEST_CASE("entering nests and ends with its scope", "[runtime]") {
  otp::testing::simulation outer{1, quiet};
  otp::spawn([] {
    otp::register_name("outer");
    obey();
  });
  outer.run_until_idle();
  otp::runtime rt{quiet};
  CHECK(otp::whereis("outer"));
  {
    const auto scope = rt.enter();
    CHECK(!otp::whereis("outer"));
    {
      const auto again = outer.runtime().enter();
      CHECK(otp::whereis("outer"));
    }
    CHECK(!otp::whereis("outer"));
  }
  CHECK(otp::whereis("outer"));
}

TEST_CASE("messages of plain threads arrive in order per thread", "[P-016]") {
  otp::runtime rt{quiet};
  constexpr int threads = 4;
  constexpr int each = 2000;
  struct numbered {
    int thread;
    int number;
  };
  std::promise<bool> in_order;
  const auto p = rt.spawn([&] {
    std::vector<int> next(threads, 0);
    bool ordered = true;
    for (int i = 0; i < threads * each; ++i) {
      otp::receive([&](numbered n) {
        auto& expected = next[static_cast<std::size_t>(n.thread)];
        ordered = ordered && n.number == expected++;
      });
    }
    in_order.set_value(ordered);
  });
  std::vector<std::thread> senders;
  for (int t = 0; t < threads; ++t) {
    senders.emplace_back([p, t] {
      for (int i = 0; i < each; ++i) otp::send(p, numbered{t, i});
    });
  }
  for (auto& sender : senders) sender.join();
  CHECK(in_order.get_future().get());
}

TEST_CASE("the destructor ends all processes and destroys what they hold", "[runtime]") {
  const auto held = std::make_shared<int>(0);
  {
    otp::runtime rt{quiet};
    for (int i = 0; i < 100; ++i) {
      rt.spawn([held] { obey(); });
      rt.spawn([held] { otp::send(self(), job{[held] { return ""s; }, {}}); });
    }
  }
  CHECK(held.use_count() == 1);
}

TEST_CASE("a stopped runtime has no processes and can start new ones", "[runtime]") {
  otp::runtime rt{quiet};
  for (int i = 0; i < 10; ++i) rt.spawn(obey);
  CHECK(rt.stop(10s));
  CHECK(rt.process_count() == 0);
  std::promise<std::string> again;
  rt.spawn([&] { again.set_value("again"); });
  CHECK(again.get_future().get() == "again");
}

TEST_CASE("a message to a process of a runtime that is gone is lost", "[P-010]") {
  otp::pid p;
  {
    otp::runtime rt{quiet};
    p = rt.spawn(obey);
  }
  otp::send(p, tick{});
  otp::exit(p, otp::reason::kill);
  CHECK(!otp::is_alive(p));
}

TEST_CASE("runtimes come and go", "[runtime]") {
  for (int i = 0; i < 200; ++i) {
    otp::runtime rt{quiet};
    const auto scope = rt.enter();
    const auto p = otp::spawn(obey);
    otp::spawn([p] { in(p, [] {}); });
    if (i % 2 == 0) tell(p, "last words");
  }
  SUCCEED();
}

// ---- several runtimes

TEST_CASE("processes of two runtimes send, link and monitor", "[runtime]") {
  otp::runtime one{quiet};
  otp::runtime two{quiet};
  const auto far = two.spawn(obey);
  std::promise<std::string> told;
  one.spawn([&] {
    trap_exit(true);
    auto all = in(far, [] { return otp::whereis("near") ? "sees my names"s : "answers"s; });
    otp::monitor(far);
    otp::link(far);
    otp::exit(far, otp::reason::kill);
    std::set<std::string> heard{hear(), hear()};
    for (const auto& text : heard) all += ", " + text;
    told.set_value(all);
  });
  CHECK(told.get_future().get() == "answers, down killed, exited killed");
}

TEST_CASE("a process hears of the end of another runtime", "[runtime]") {
  otp::runtime one{quiet};
  auto two = std::make_unique<otp::runtime>(quiet);
  const auto far = two->spawn(obey);
  std::promise<void> watching;
  std::promise<std::string> told;
  one.spawn([&] {
    otp::monitor(far);
    in(far, [] {});
    watching.set_value();
    told.set_value(hear());
  });
  watching.get_future().wait();
  two.reset();
  CHECK(told.get_future().get() == "down killed");
}

// ---- guests

TEST_CASE("a guest runs a supervised counter inside an io_context", "[runtime]") {
  asio::io_context io;
  otp::runtime rt{io.get_executor(), quiet};
  std::string seen;
  rt.spawn([&] { seen = use_counter(); });
  io.run();
  CHECK(seen == "0 2 0 2 0 restarts: 2");
}

TEST_CASE("the supervised counter works the same on threads and in simulations", "[runtime]") {
  CHECK(always(use_counter) == "0 2 0 2 0 restarts: 2");
}

TEST_CASE("a guest with nothing to do leaves its host free to end", "[runtime]") {
  asio::io_context io;
  otp::runtime rt{io.get_executor(), quiet};
  const auto p = rt.spawn(obey);
  io.run();  // returns: the process waits for messages only
  CHECK(otp::is_alive(p));
  CHECK(rt.process_count() == 1);
}

TEST_CASE("a guest shares its host with other work", "[runtime]") {
  asio::io_context io;
  otp::runtime rt{io.get_executor(), quiet};
  bool stop = false;
  int others = 0;
  rt.spawn([&] {
    while (!stop) otp::sleep(0s);
  });
  std::function<void()> work = [&] {
    if (++others < 10) {
      asio::post(io, work);
    } else {
      stop = true;
    }
  };
  asio::post(io, work);
  io.run();
  CHECK(others == 10);
}

TEST_CASE("timers and Asio operations work in a guest", "[runtime]") {
  asio::io_context io;
  otp::runtime rt{io.get_executor(), quiet};
  std::string heard;
  rt.spawn([&] {
    otp::send_after(2ms, self(), note{"timer"});
    asio::steady_timer timer{otp::this_process::io_executor(), 1ms};
    timer.async_wait(otp::yield);
    heard = "operation, " + hear();
    otp::sleep(1ms);
    heard += otp::receive([](tick) { return ""s; }, otp::after(1ms, [] { return ", timeout"s; }));
  });
  io.run();
  CHECK(heard == "operation, timer, timeout");
}

TEST_CASE("random numbers do not repeat from slice to slice", "[runtime]") {
  asio::io_context io;
  otp::runtime rt{io.get_executor(), quiet};
  const auto scope = rt.enter();
  std::set<std::uint64_t> drawn{otp::this_runtime::random()};
  otp::spawn([&] {
    for (int i = 0; i < 10; ++i) {
      drawn.insert(otp::this_runtime::random());
      otp::sleep(1ms);
    }
  });
  io.run();
  CHECK(drawn.size() == 11);
}

TEST_CASE("the host's own handlers may start processes and send to them", "[runtime]") {
  asio::io_context io;
  otp::runtime rt{io.get_executor(), quiet};
  std::string heard;
  asio::post(io, [&] {
    const auto scope = rt.enter();
    const auto p = otp::spawn([&] { heard = hear(); });
    asio::post(io, [p] { tell(p, "from a handler"); });
  });
  io.run();
  CHECK(heard == "from a handler");
}

TEST_CASE("another thread may send to a process of a guest", "[runtime]") {
  asio::io_context io;
  auto busy = asio::make_work_guard(io);
  otp::runtime rt{io.get_executor(), quiet};
  std::string heard;
  const auto p = rt.spawn([&] {
    heard = hear();
    busy.reset();
  });
  std::thread sender{[p] { tell(p, "from a thread"); }};
  io.run();
  sender.join();
  CHECK(heard == "from a thread");
}

TEST_CASE("two guests share one host and talk to each other", "[runtime]") {
  asio::io_context io;
  otp::runtime one{io.get_executor(), quiet};
  otp::runtime two{io.get_executor(), quiet};
  const auto far = two.spawn(obey);
  std::string heard;
  one.spawn([&] {
    for (int i = 0; i < 100; ++i) heard = in(far, [i] { return i; });
  });
  io.run();
  CHECK(heard == "99");
}

TEST_CASE("a guest may live on a strand of a host with several threads", "[runtime]") {
  asio::thread_pool pool{2};
  const auto strand = asio::make_strand(pool);
  std::string seen;
  std::promise<void> done;
  auto rt = std::make_unique<otp::runtime>(strand, quiet);
  std::promise<void> destroyed;
  rt->spawn([&] {
    seen = use_counter();
    done.set_value();
  });
  done.get_future().wait();
  asio::post(strand, [&] {
    rt.reset();
    destroyed.set_value();
  });
  destroyed.get_future().wait();
  pool.join();
  CHECK(seen == "0 2 0 2 0 restarts: 2");
}

TEST_CASE("a guest may be gone when its host runs what was queued for it", "[runtime]") {
  asio::io_context io;
  {
    otp::runtime rt{io.get_executor(), quiet};
    rt.spawn(obey);
    rt.spawn([] { otp::sleep(1h); });
  }
  {
    otp::runtime rt{io.get_executor(), quiet};
    rt.spawn([] { otp::sleep(1ms); });
    io.poll();
    io.restart();
  }
  io.run();
  SUCCEED();
}

TEST_CASE("a guest may be destroyed by a handler of its host", "[runtime]") {
  asio::io_context io;
  auto rt = std::make_unique<otp::runtime>(io.get_executor(), quiet);
  bool ended = false;
  rt->spawn([&] {
    const std::shared_ptr<void> guard{nullptr, [&](void*) { ended = true; }};
    otp::sleep(1h);
  });
  asio::steady_timer later{io, 1ms};
  later.async_wait([&](const boost::system::error_code&) { rt.reset(); });
  io.run();
  CHECK(ended);
}

TEST_CASE("the host sees exceptions of its own handlers, processes keep theirs", "[runtime]") {
  asio::io_context io;
  otp::runtime rt{io.get_executor(), quiet};
  std::string told;
  rt.spawn([&] { told = end_of_body([] { throw std::runtime_error{"in the process"}; }); });
  asio::post(io, [] { throw std::logic_error{"in the handler"}; });
  int thrown = 0;
  for (bool running = true; running;) {
    try {
      io.run();
      running = false;
    } catch (const std::logic_error&) {
      ++thrown;
    }
  }
  CHECK(thrown == 1);
  CHECK(told == "std::runtime_error: in the process");
}

// ---- simulations

namespace {

// What happens in a small world full of choices.
std::string story(std::uint64_t seed) {
  std::string told;
  otp::testing::simulation sim{seed, quiet};
  otp::spawn([&] {
    std::vector<otp::pid> crowd;
    for (int i = 0; i < 8; ++i) {
      crowd.push_back(otp::spawn([&, i] {
        trap_exit(true);
        otp::sleep(std::chrono::milliseconds{otp::this_runtime::random() % 3});
        for (int n = 0; n < 3; ++n) {
          told += fmt::format("{} ", i);
          otp::send_after(1ms, self(), tick{});
          otp::receive([](tick) {});
        }
        hear();
        told += fmt::format("{}! ", i);
      }));
    }
    otp::spawn([&crowd] {
      for (const auto& p : crowd) otp::link(p);
      otp::sleep(1s);
      otp::exit("all go"s);
    });
    otp::sleep(10s);
  });
  sim.advance(1min);
  return told;
}

}  // namespace

TEST_CASE("the same seed tells the same story, whatever happened before", "[simulation]") {
  const auto first = story(42);
  CHECK(first.size() > 8 * 4 * 2);
  for (int i = 0; i < 10; ++i) {
    story(static_cast<std::uint64_t>(i));
    if (story(42) != first) FAIL("the story changed");
  }
}

TEST_CASE("other seeds tell other stories", "[simulation]") {
  std::set<std::string> stories;
  for (std::uint64_t seed = 0; seed < 10; ++seed) stories.insert(story(seed));
  CHECK(stories.size() > 5);
}

TEST_CASE("time passes only when the simulation is told, and to the very nanosecond", "[simulation]") {
  otp::testing::simulation sim{1, quiet};
  int fired = 0;
  otp::spawn([&] {
    for (;;) {
      otp::sleep(1ms);
      ++fired;
    }
  });
  sim.run_until_idle();
  CHECK(fired == 0);
  sim.advance(999'999ns);
  CHECK(fired == 0);
  sim.advance(1ns);
  CHECK(fired == 1);
  sim.advance(10ms);
  CHECK(fired == 11);
  CHECK(sim.now() == 11ms);
}

TEST_CASE("a simulated day passes at once", "[simulation]") {
  otp::testing::simulation sim{1, quiet};
  int ticks = 0;
  otp::spawn([&] {
    for (;;) {
      otp::sleep(1min);
      ++ticks;
    }
  });
  sim.advance(24h);
  CHECK(ticks == 24 * 60);
}
