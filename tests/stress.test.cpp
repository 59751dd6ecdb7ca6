// Crowds: many processes do many things at the same time, on two threads. Each case says what must
// hold in the end; the sanitizers watch the rest. What two of them do to each other is in races/.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/gen_server.hpp>
#include <otp/timer.hpp>

#include <array>
#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

struct addressed {
  otp::pid to;
};
struct begin {};

std::uint64_t draw(std::uint64_t limit) { return otp::this_runtime::random() % limit; }

// Pids that many threads read and write.
class board {
 public:
  explicit board(std::size_t size) : pids_(size) {}
  void put(std::size_t i, const otp::pid& p) {
    const std::lock_guard lock{mutex_};
    pids_[i % pids_.size()] = p;
  }
  otp::pid get(std::uint64_t i) const {
    const std::lock_guard lock{mutex_};
    return pids_[i % pids_.size()];
  }

 private:
  mutable std::mutex mutex_;
  std::vector<otp::pid> pids_;
};

// One random act against another process.
void act_on(const otp::pid& other) {
  switch (draw(13)) {
    case 0:
      try {
        otp::link(other);
      } catch (const otp::exit_error&) {
      }
      break;
    case 1:
      otp::unlink(other);
      break;
    case 2:
      otp::monitor(other);
      break;
    case 3:
      otp::demonitor(otp::monitor(other), true);
      break;
    case 4:
      otp::exit(other, otp::reason::shutdown);
      break;
    case 5:
      otp::exit(other, otp::reason::normal);
      break;
    case 6:
      otp::send_after(std::chrono::microseconds{draw(200)}, other, begin{});
      break;
    case 7:
      otp::cancel_timer(otp::send_after(1ms, other, begin{}));
      break;
    case 8:
      otp::send_after(std::chrono::microseconds{draw(200)}, "shared name", begin{});
      break;
    case 9:
      trap_exit(draw(2) == 0);
      break;
    case 10:
      try {
        otp::register_name("shared name");
        otp::unregister_name("shared name");
      } catch (const std::invalid_argument&) {
      }
      break;
    case 11:
      otp::send(other, addressed{other});
      break;
    default:
      if (draw(20) == 0) otp::exit(other, otp::reason::kill);
  }
}

// Takes what has come; fails if it was meant for somebody else.
void take_messages(std::atomic<int>& strays, std::chrono::nanoseconds patience) {
  const auto until = patience;
  for (bool more = true; more;) {
    more = otp::receive([&](const addressed& a) { return strays += a.to == self() ? 0 : 1, true; },
                        [](begin) { return true; }, [](const otp::down&) { return true; },
                        [](const otp::exited&) { return true; },
                        otp::after(until, [] { return false; }));
  }
}

class echo_server : public otp::gen_server<echo_server> {
 public:
  struct now {
    using reply = std::uint64_t;
    std::uint64_t value;
  };
  struct later {
    using reply = std::uint64_t;
    std::uint64_t value;
  };
  std::uint64_t handle_call(const now& request) { return request.value; }
  void handle_call(const later& request, otp::from<std::uint64_t> client) {
    otp::spawn([value = request.value, client = std::move(client)]() mutable {
      otp::sleep(std::chrono::microseconds{draw(100)});
      if (draw(4) != 0) client.reply(value);  // else it is dropped: the caller fails
    });
  }
};

}  // namespace

TEST_CASE("processes link, monitor, name, time and end each other in every order", "[stress]") {
  constexpr int deaths = 3000;
  constexpr std::size_t population = 40;
  CHECK(threaded([] {
          std::atomic<int> strays{0};
          board crowd{population};
          const auto citizen = [&] {
            for (auto acts = draw(40) + 5; acts > 0; --acts) {
              act_on(crowd.get(draw(population)));
              take_messages(strays, 0s);
            }
            if (draw(3) == 0) otp::exit("had enough"s);
          };
          trap_exit(true);
          for (std::size_t i = 0; i < population; ++i)
            crowd.put(i, otp::spawn_monitor(citizen).first);
          for (int i = 0; i < deaths; ++i) {
            otp::receive([](const otp::down&) {});
            if (i + static_cast<int>(population) < deaths) {
              crowd.put(draw(population), otp::spawn_monitor(citizen).first);
            }
          }
          return fmt::format("strays: {}", strays);
        }) == "strays: 0");
}

TEST_CASE("trees of processes grow and fall", "[stress]") {
  CHECK(threaded([] {
          struct grow {
            static void tree(int depth, otp::pid root) {
              if (depth > 0) {
                for (int i = 0; i < 3; ++i) otp::spawn_link([=] { tree(depth - 1, root); });
              }
              otp::send(root, begin{});
              obey();
            }
          };
          trap_exit(true);
          constexpr int depth = 7;
          constexpr int nodes = (2187 * 3 - 1) / 2;
          for (int round = 0; round < 3; ++round) {
            const auto top = otp::spawn_link([me = self()] { grow::tree(depth, me); });
            for (int i = 0; i < nodes; ++i) otp::receive([](begin) {});
            otp::exit(top, "fall"s);
            if (const auto end = hear(); end != "exited fall") return end;
          }
          return "fallen"s;
        }) == "fallen");
}

TEST_CASE("plain threads and processes spawn at the same time", "[stress]") {
  constexpr int each = 5000;
  std::atomic<int> ran{0};
  otp::runtime rt{quiet};
  std::vector<std::thread> threads;
  for (int t = 0; t < 3; ++t) {
    threads.emplace_back([&] {
      const auto scope = rt.enter();
      for (int i = 0; i < each; ++i) {
        otp::spawn([&] {
          ++ran;
          otp::spawn([&] { ++ran; });
        });
      }
    });
  }
  for (auto& thread : threads) thread.join();
  while (ran < 3 * each * 2) std::this_thread::yield();
  while (rt.process_count() != 0) std::this_thread::yield();
  CHECK(ran == 3 * each * 2);
}

TEST_CASE("many pairs play ping-pong across two threads and lose no ball", "[stress]") {
  CHECK(threaded([] {
          constexpr int pairs = 20;
          constexpr int rallies = 500;
          struct ball {
            otp::pid from;
            int count;
          };
          for (int i = 0; i < pairs; ++i) {
            otp::spawn([me = self()] {
              const auto partner = otp::spawn([] {
                for (;;) {
                  otp::receive([](const ball& b) { otp::send(b.from, ball{self(), b.count + 1}); });
                }
              });
              int last = 0;
              for (int n = 0; n < rallies; ++n) {
                otp::send(partner, ball{self(), last});
                last = otp::receive([](const ball& b) { return b.count; });
              }
              otp::send(me, last);
            });
          }
          int sum = 0;
          for (int i = 0; i < pairs; ++i) sum += otp::receive([](int n) { return n; });
          return sum == pairs * rallies;
        }) == "true");
}

TEST_CASE("every call is answered with its own answer, from processes and plain threads",
          "[stress][P-084]") {
  std::atomic<int> wrong{0};
  std::atomic<int> finished{0};
  otp::runtime rt{quiet};
  const auto server = rt.start<echo_server>();
  const auto use = [&] {
    for (std::uint64_t i = 0; i < 1000; ++i) {
      if (otp::call(server, echo_server::now{i}) != i) ++wrong;
    }
    ++finished;
  };
  for (int i = 0; i < 4; ++i) rt.spawn(use);
  std::thread one{use};
  std::thread two{use};
  one.join();
  two.join();
  while (finished < 6) std::this_thread::yield();
  CHECK(wrong == 0);
}

TEST_CASE("late, missing and dropped answers do not disturb later calls",
          "[stress][P-082][P-088]") {
  std::atomic<int> wrong{0};
  std::atomic<int> finished{0};
  otp::runtime rt{quiet};
  const auto server = rt.start<echo_server>();
  const auto use = [&] {
    const auto scope = rt.enter();
    for (std::uint64_t i = 0; i < 300; ++i) {
      const auto timeout = std::chrono::microseconds{draw(150)};
      const auto answer = otp::try_call(server, echo_server::later{i}, timeout);
      if (answer && *answer != i) ++wrong;
      if (otp::call(server, echo_server::now{i}) != i) ++wrong;
    }
    ++finished;
  };
  for (int i = 0; i < 4; ++i) {
    rt.spawn([&] {
      use();
      if (otp::receive([](std::uint64_t) { return true; }, otp::after(0s, [] { return false; }))) {
        ++wrong;
      }
    });
  }
  // Callers that do not live to hear the answer.
  rt.spawn([&] {
    for (int i = 0; i < 300; ++i) {
      const auto caller = otp::spawn([&] { otp::call(server, echo_server::later{0}, 1s); });
      if (draw(2) == 0) otp::sleep(std::chrono::microseconds{draw(100)});
      otp::exit(caller, otp::reason::kill);
    }
    ++finished;
  });
  std::thread outsider{use};
  outsider.join();
  while (finished < 6) std::this_thread::yield();
  CHECK(wrong == 0);
}

TEST_CASE("runtimes end while others, and plain threads, send to them", "[stress]") {
  const unsigned threads =
      GENERATE(1U, 2U);  // of who sends; those that end have one or two in turn
  board targets{8};
  std::atomic<bool> done{false};
  std::atomic<int> strays{0};
  otp::runtime lasting{{.threads = threads, .console = std::nullopt}};
  const auto bother = [&] {
    while (!done) {
      const auto to = targets.get(otp::this_runtime::random());
      otp::send(to, addressed{to});
      otp::exit(to, otp::reason::shutdown);
    }
  };
  lasting.spawn([&] {
    while (!done) {
      const auto to = targets.get(draw(8));
      otp::send(to, addressed{to});
      otp::demonitor(otp::monitor(to));
      otp::sleep(0s);
    }
  });
  std::thread outsider{[&] {
    const auto scope = lasting.enter();
    bother();
  }};
  for (int i = 0; i < 100; ++i) {
    otp::runtime passing{{.threads = i % 2 == 0 ? 1U : 2U, .console = std::nullopt}};
    for (std::size_t n = 0; n < 8; ++n) {
      targets.put(n, passing.spawn([&] { take_messages(strays, 1h); }));
    }
  }
  done = true;
  outsider.join();
  CHECK(strays == 0);
}

TEST_CASE("runtimes end while others, and plain threads, cancel their timers", "[stress]") {
  constexpr std::size_t count = 64;
  std::array<std::atomic<otp::detail::timer_cell*>, count> cells{};
  std::array<std::atomic<std::uint64_t>, count> serials{};
  std::atomic<bool> done{false};
  std::atomic<int> cancelled{0};
  std::atomic<int> rest{0};
  const auto cancel_them = [&] {
    for (std::size_t i = 0; i < count; ++i) {
      auto* const cell = cells[i].exchange(nullptr, std::memory_order_acquire);
      if (cell == nullptr) continue;
      const otp::timer_ref timer{{cell, serials[i].load(std::memory_order_relaxed)}};
      if (otp::cancel_timer(timer)) ++cancelled;
    }
  };
  otp::runtime lasting{quiet};  // ends before what its processes use
  const auto target = lasting.spawn([&] { take_messages(rest, 1h); });
  lasting.spawn([&] {
    while (!done) {
      cancel_them();
      otp::sleep(0s);
    }
  });
  std::thread outsider{[&] {
    const auto scope = lasting.enter();
    while (!done) cancel_them();
  }};
  for (int round = 0; round < 200; ++round) {
    otp::runtime passing{quiet};
    passing.spawn([&] {
      for (std::size_t i = 0; i < count; ++i) {
        const auto timer = otp::send_after(1h, target, addressed{target}).handle();
        if (cells[i].load(std::memory_order_relaxed) != nullptr) continue;
        serials[i].store(timer.serial, std::memory_order_relaxed);
        cells[i].store(timer.cell, std::memory_order_release);
      }
    });
    while (passing.process_count() != 0) std::this_thread::yield();
  }
  done = true;
  outsider.join();
  CHECK(cancelled > 0);
  CHECK(rest == 0);
}
