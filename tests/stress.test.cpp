// Races, provoked: what may happen to a process at the same time happens, many times over, on two
// threads. Each case says what must hold in the end; the sanitizers watch the rest.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/asio.hpp>
#include <otp/blocking.hpp>
#include <otp/gen_server.hpp>
#include <otp/timer.hpp>

#include <boost/asio/steady_timer.hpp>

#include <array>
#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace asio = boost::asio;

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
    case 1: otp::unlink(other); break;
    case 2: otp::monitor(other); break;
    case 3: otp::demonitor(otp::monitor(other), true); break;
    case 4: otp::exit(other, otp::reason::shutdown); break;
    case 5: otp::exit(other, otp::reason::normal); break;
    case 6: otp::send_after(std::chrono::microseconds{draw(200)}, other, begin{}); break;
    case 7: otp::cancel_timer(otp::send_after(1ms, other, begin{})); break;
    case 8: otp::send_after(std::chrono::microseconds{draw(200)}, "shared name", begin{}); break;
    case 9: trap_exit(draw(2) == 0); break;
    case 10:
      try {
        otp::register_name("shared name");
        otp::unregister_name("shared name");
      } catch (const std::invalid_argument&) {
      }
      break;
    case 11: otp::send(other, addressed{other}); break;
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
          for (std::size_t i = 0; i < population; ++i) crowd.put(i, otp::spawn_monitor(citizen).first);
          for (int i = 0; i < deaths; ++i) {
            otp::receive([](const otp::down&) {});
            if (i + static_cast<int>(population) < deaths) {
              crowd.put(draw(population), otp::spawn_monitor(citizen).first);
            }
          }
          return fmt::format("strays: {}", strays);
        }) == "strays: 0");
}

TEST_CASE("a message never reaches a process that lives in the same slot later", "[stress][P-013]") {
  constexpr int generations = 20'000;
  std::atomic<int> strays{0};
  std::atomic<bool> done{false};
  board recent{16};
  std::promise<void> ended;
  otp::runtime rt{quiet};
  const auto scope = rt.enter();
  otp::spawn([&] {
    for (std::size_t i = 0; i < generations; ++i) {
      const auto [p, ref] = otp::spawn_monitor([&] { take_messages(strays, 0s); });
      recent.put(i, p);
      if (i >= 16) otp::receive([](const otp::down&) {});
    }
    done = true;
    ended.set_value();
  });
  std::thread outsider{[&] {
    for (std::uint64_t i = 0; !done; ++i) {
      const auto to = recent.get(i);
      otp::send(to, addressed{to});
    }
  }};
  for (int i = 0; i < 2; ++i) {
    otp::spawn([&] {
      while (!done) {
        const auto to = recent.get(draw(16));
        otp::send(to, addressed{to});
        if (draw(8) == 0) otp::sleep(0s);
      }
    });
  }
  ended.get_future().wait();
  outsider.join();
  CHECK(strays == 0);
}

TEST_CASE("links that both sides make and cut at the same time end up the same on both sides",
          "[stress][P-050]") {
  CHECK(threaded([] {
          const auto linked_to = [](const otp::pid& other) {
            return [other] {
              const auto& links = otp::detail::related(*otp::detail::current_process()).links;
              const auto link = links.find(other);
              return link != links.end() && link->second.unlink_id == 0;
            };
          };
          int linked = 0;
          for (int round = 0; round < 300; ++round) {
            const auto a = puppet();
            const auto b = puppet();
            const auto play = [me = self()](const otp::pid& other) {
              return job{[other]() -> std::string {
                           for (auto acts = draw(6) + 1; acts > 0; --acts) {
                             if (draw(2) == 0) {
                               otp::link(other);
                             } else {
                               otp::unlink(other);
                             }
                             if (draw(3) == 0) otp::sleep(0s);
                           }
                           return {};
                         },
                         me};
            };
            otp::send(a, play(b));
            otp::send(b, play(a));
            for (int i = 0; i < 2; ++i) otp::receive([](outcome) {});
            // Twice to each, so that confirmations have arrived.
            for (int i = 0; i < 2; ++i) {
              in(a, [] {});
              in(b, [] {});
            }
            const auto at_a = in(a, linked_to(b));
            const auto at_b = in(b, linked_to(a));
            if (at_a != at_b) return fmt::format("round {}: {} and {}", round, at_a, at_b);
            linked += at_a == "true" ? 1 : 0;
            otp::exit(a, otp::reason::kill);
            if (at_a == "true") await_end(b);
            otp::exit(b, otp::reason::kill);
          }
          return linked > 30 && linked < 270 ? "agreed, some linked, some not"s
                                             : fmt::format("linked: {}", linked);
        }) == "agreed, some linked, some not");
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

TEST_CASE("late, missing and dropped answers do not disturb later calls", "[stress][P-082][P-088]") {
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

TEST_CASE("a timer either comes or was cancelled, whoever cancels it", "[stress][P-093]") {
  CHECK(threaded([] {
          constexpr int timers = 3000;
          std::atomic<int> cancelled{0};
          const auto me = self();
          std::array<otp::pid, 2> helpers{};
          for (auto& helper : helpers) {
            helper = otp::spawn([&] {
              for (;;) {
                otp::receive([&](const otp::timer_ref& timer) {
                  if (otp::cancel_timer(timer)) ++cancelled;
                });
              }
            });
          }
          for (int i = 0; i < timers; ++i) {
            const auto timer = otp::send_after(std::chrono::microseconds{draw(60)}, me, begin{});
            for (const auto& helper : helpers) otp::send(helper, timer);
            if (draw(4) == 0 && otp::cancel_timer(timer)) ++cancelled;
          }
          int came = 0;
          while (came + cancelled < timers) {
            otp::receive([&](begin) { ++came; }, otp::after(1ms, [] {}));
          }
          for (const auto& helper : helpers) {
            otp::exit(helper, otp::reason::kill);
            await_end(helper);
          }
          otp::receive([&](begin) { ++came; }, otp::after(2ms, [] {}));
          return came + cancelled;
        }) == "3000");
}

TEST_CASE("processes are killed in operations that are just ending", "[stress][P-029]") {
  CHECK(threaded([] {
          constexpr int victims = 1500;
          std::atomic<int> begun{0};  // not all of them: some are killed before
          std::atomic<int> unwound{0};
          for (int i = 0; i < victims; ++i) {
            const auto [p, ref] = otp::spawn_monitor([&begun, &unwound, kind = i % 4] {
              ++begun;
              const std::shared_ptr<void> guard{nullptr, [&](void*) { ++unwound; }};
              const std::chrono::microseconds moment{draw(40)};
              switch (kind) {
                case 0: {
                  asio::steady_timer timer{otp::this_process::io_executor(), moment};
                  timer.async_wait(otp::yield);
                  break;
                }
                case 1: otp::blocking([] { std::this_thread::yield(); }); break;
                case 2: otp::sleep(moment); break;
                default: otp::receive([](begin) {}, otp::after(moment, [] {}));
              }
            });
            otp::sleep(std::chrono::microseconds{draw(40)});
            otp::exit(p, otp::reason::kill);
          }
          for (int i = 0; i < victims; ++i) otp::receive([](const otp::down&) {});
          while (unwound < begun) otp::sleep(0s);  // those killed in blocking work end later
          return begun > victims / 10 ? "unwound"s : fmt::format("only {} begun", begun.load());
        }) == "unwound");
}

TEST_CASE("runtimes end while others, and plain threads, send to them", "[stress]") {
  board targets{8};
  std::atomic<bool> done{false};
  std::atomic<int> strays{0};
  otp::runtime lasting{quiet};
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
    otp::runtime passing{quiet};
    for (std::size_t n = 0; n < 8; ++n) {
      targets.put(n, passing.spawn([&] { take_messages(strays, 1h); }));
    }
  }
  done = true;
  outsider.join();
  CHECK(strays == 0);
}

TEST_CASE("a name has one holder, however many want it", "[stress][P-107][P-112]") {
  CHECK(threaded([] {
          constexpr int contenders = 8;
          std::atomic<int> holders{0};
          std::atomic<int> most{0};
          std::atomic<int> taken{0};
          for (int i = 0; i < contenders; ++i) {
            otp::spawn_monitor([&] {
              for (int n = 0; n < 500; ++n) {
                try {
                  otp::register_name("the one");
                } catch (const std::invalid_argument&) {
                  if (draw(8) == 0) otp::sleep(0s);
                  continue;
                }
                const int now = ++holders;
                if (now > most) most = now;
                ++taken;
                if (draw(4) == 0) otp::sleep(0s);
                --holders;
                otp::unregister_name("the one");
              }
            });
          }
          for (int i = 0; i < contenders; ++i) otp::receive([](const otp::down&) {});
          return fmt::format("{} {}", most, taken > 0);
        }) == "1 true");
}
