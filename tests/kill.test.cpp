// Killing processes that wait where a kill is hard to deliver: the process ends, everybody hears of
// it, and the others go on.
// One file, though long: the list of such places is what one wants to see whole.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/asio.hpp>
#include <otp/blocking.hpp>
#include <otp/gen_server.hpp>
#include <otp/log.hpp>

#include <boost/asio/async_result.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include <atomic>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace asio = boost::asio;

namespace {

// Tells a process when it is destroyed.
class farewell {
 public:
  farewell(const otp::pid& to, std::string text) : to_{to}, text_{std::move(text)} {}
  farewell(const farewell&) = delete;
  farewell& operator=(const farewell&) = delete;
  ~farewell() { tell(to_, text_); }

 private:
  otp::pid to_;
  std::string text_;
};

// Runs a function when it is destroyed.
template <class F>
class finally {
 public:
  explicit finally(F function) : function_(std::move(function)) {}
  finally(const finally&) = delete;
  finally& operator=(const finally&) = delete;
  ~finally() { function_(); }

 private:
  F function_;
};

// Starts `body`, waits until it says "ready", kills it, and returns what the caller has heard by
// then, and whether the runtime still works.
template <class Body>
std::string kill_when_ready(Body body, int messages, otp::exit_reason why = otp::reason::kill) {
  const auto [p, ref] = otp::spawn_monitor([body, me = self()] { body(me); });
  if (hear() != "ready") return "not ready";
  otp::exit(p, std::move(why));
  auto heard = hear(messages);
  return heard + (lives(puppet()) ? "" : ", and nobody else runs");
}

void wait_for_ever() { otp::receive([](int) {}); }

void wait_under_noexcept() noexcept { wait_for_ever(); }

// Collects the warnings of the runtime of the calling process.
class warnings {
 public:
  warnings() {
    otp::log::current().add_handler(
        "warnings",
        [found = found_](const otp::log_event& event) {
          const std::lock_guard lock{found->mutex};
          found->texts.push_back(event.message);
        },
        otp::log_level::warning);
  }
  std::size_t count(std::string_view text) const {
    const std::lock_guard lock{found_->mutex};
    std::size_t n = 0;
    for (const auto& found : found_->texts) n += found.find(text) != std::string::npos ? 1 : 0;
    return n;
  }

 private:
  struct list {
    std::mutex mutex;
    std::vector<std::string> texts;
  };
  std::shared_ptr<list> found_ = std::make_shared<list>();
};

// An operation that nobody can cancel: it completes when it is told to.
class stubborn_operation {
 public:
  template <class Token>
  auto async_wait(Token&& token) {
    return asio::async_initiate<Token, void()>(
        [this](auto handler) {
          const auto executor = asio::get_associated_executor(handler);
          auto shared = std::make_shared<decltype(handler)>(std::move(handler));
          const std::lock_guard lock{mutex_};
          complete_ = [executor, shared] {
            asio::post(executor, [shared] { std::move (*shared)(); });
          };
        },
        token);
  }
  void complete() {
    const std::lock_guard lock{mutex_};
    std::exchange(complete_, nullptr)();
  }

 private:
  std::mutex mutex_;
  std::function<void()> complete_;
};

}  // namespace

// ---- what code may do with a kill

TEST_CASE("a kill cannot be swallowed by catch-all handlers", "[P-029]") {
  CHECK(always([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                const farewell unwound{me, "unwound"};
                for (;;) {
                  try {
                    tell(me, "ready");
                    wait_for_ever();
                  } catch (...) {
                    tell(me, "caught");
                  }
                }
              },
              3);
        }) == "caught, unwound, down killed");
}

TEST_CASE("an exit signal cannot be swallowed either", "[P-025]") {
  CHECK(always([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                for (;;) {
                  try {
                    tell(me, "ready");
                    wait_for_ever();
                  } catch (...) {
                  }
                }
              },
              1, "enough"s);
        }) == "down enough");
}

TEST_CASE("a kill is no exception that could be caught by its type", "[P-029]") {
  CHECK(always([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                try {
                  tell(me, "ready");
                  wait_for_ever();
                } catch (const std::exception&) {
                  tell(me, "caught");
                }
                tell(me, "went on");
              },
              1);
        }) == "down killed");
}

TEST_CASE("a kill that a handler answers with an exception is still a kill", "[P-029]") {
  CHECK(always([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                try {
                  try {
                    tell(me, "ready");
                    wait_for_ever();
                  } catch (...) {
                    throw std::runtime_error{"instead"};
                  }
                } catch (const std::runtime_error&) {
                  tell(me, "caught");
                }
              },
              2);
        }) == "caught, down killed");
  CHECK(always([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                try {
                  tell(me, "ready");
                  wait_for_ever();
                } catch (...) {
                  throw std::runtime_error{"instead"};
                }
              },
              1);
        }) == "down killed");
}

TEST_CASE("a process that answers its kill with an exception ends at its next wait", "[P-029]") {
  CHECK(always([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                const farewell unwound{me, "unwound"};
                tell(me, "ready");
                for (;;) {
                  try {
                    try {
                      wait_for_ever();
                    } catch (...) {
                      throw std::runtime_error{"instead"};
                    }
                  } catch (const std::runtime_error&) {
                    tell(me, "again");
                  }
                }
              },
              1)
              .substr(0, 5);
        }) == "again");
}

TEST_CASE("a kill unwinds a process that waits in a catch block", "[P-029]") {
  CHECK(always([] {
          int exist = 0;
          struct counted : std::runtime_error {
            explicit counted(int& n) : std::runtime_error{"counted"}, count{&n} { ++n; }
            counted(const counted& other) : std::runtime_error{other}, count{other.count} { ++*count; }
            counted& operator=(const counted&) = delete;
            ~counted() override { --*count; }
            int* count;
          };
          const auto heard = kill_when_ready(
              [&exist](const otp::pid& me) {
                const farewell unwound{me, "unwound"};
                try {
                  throw counted{exist};
                } catch (const counted&) {
                  tell(me, "ready");
                  wait_for_ever();
                }
              },
              2);
          return fmt::format("{}, {} exceptions left", heard, exist);
        }) == "unwound, down killed, 0 exceptions left");
}

TEST_CASE("guards that look for an exception in flight see one", "[P-029]") {
  CHECK(always([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                const finally guard{[me, before = std::uncaught_exceptions()] {
                  tell(me, std::uncaught_exceptions() > before ? "roll back" : "commit");
                }};
                tell(me, "ready");
                wait_for_ever();
              },
              2);
        }) == "roll back, down killed");
}

TEST_CASE("a process killed under noexcept is abandoned, with a warning", "[P-029]") {
  CHECK(always([] {
          const warnings warned;
          const auto heard = kill_when_ready(
              [](const otp::pid& me) {
                tell(me, "ready");
                wait_under_noexcept();
              },
              1);
          return fmt::format("{}, warnings: {}", heard, warned.count("could not be unwound"));
        }) == "down killed, warnings: 1");
}

TEST_CASE("a process killed while it waits in a destructor is abandoned", "[P-029]") {
  CHECK(always([] {
          const warnings warned;
          const auto heard = kill_when_ready(
              [](const otp::pid& me) {
                const finally waits{[me] {
                  tell(me, "ready");
                  wait_for_ever();
                }};
              },
              1);
          return fmt::format("{}, warnings: {}", heard, warned.count("could not be unwound"));
        }) == "down killed, warnings: 1");
}

TEST_CASE("a process that waits again while it is unwound is abandoned", "[P-029]") {
  CHECK(always([] {
          const warnings warned;
          const auto heard = kill_when_ready(
              [](const otp::pid& me) {
                const farewell outer{me, "outer"};
                const finally waits{[me] {
                  tell(me, "waits again");
                  wait_for_ever();
                }};
                const farewell inner{me, "inner"};
                tell(me, "ready");
                wait_for_ever();
              },
              3);
          return fmt::format("{}, warnings: {}", heard, warned.count("could not be unwound"));
        }) == "inner, waits again, down killed, warnings: 1");
}

TEST_CASE("a process may read messages that are there while it is unwound", "[P-029]") {
  CHECK(always([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                tell(self(), "left over");
                const finally reads{[me] { tell(me, hear(0s)); }};
                tell(me, "ready");
                wait_for_ever();
              },
              2);
        }) == "left over, down killed");
}

TEST_CASE("a hundred abandoned processes do not disturb the others", "[P-029]") {
  CHECK(always([] {
          const auto other = puppet();
          for (int i = 0; i < 100; ++i) {
            const auto heard = kill_when_ready(
                [](const otp::pid& me) {
                  tell(me, "ready");
                  wait_under_noexcept();
                },
                1);
            if (heard != "down killed") return heard;
          }
          return lives(other) ? "alive"s : "dead"s;
        }) == "alive");
}

TEST_CASE("a killed process gives back its names, links and messages even if abandoned", "[P-111]") {
  CHECK(always([] {
          trap_exit(true);
          const auto p = otp::spawn_link([me = self()]() noexcept {
            otp::register_name("abandoned");
            tell(me, "ready");
            wait_for_ever();
          });
          hear();
          otp::exit(p, otp::reason::kill);
          const auto heard = hear();
          return heard + (otp::whereis("abandoned") ? ", still named" : "");
        }) == "exited killed");
}

TEST_CASE("a kill unwinds from every kind of wait", "[P-029]") {
  const auto killed_in = [](auto wait) {
    return [wait] {
      return kill_when_ready(
          [wait](const otp::pid& me) {
            const farewell unwound{me, "unwound"};
            tell(me, "ready");
            wait();
          },
          2);
    };
  };
  const std::string expected = "unwound, down killed";
  CHECK(always(killed_in([] { otp::sleep(1h); })) == expected);
  CHECK(always(killed_in([] { otp::sleep(otp::infinity); })) == expected);
  CHECK(always(killed_in([] { otp::receive([](int) {}, otp::after(1h, [] {})); })) == expected);
  CHECK(always(killed_in([] { otp::receive(otp::after(1h, [] {})); })) == expected);
  CHECK(always(killed_in([] { in(otp::spawn([] { otp::sleep(1h); }), [] {}); })) == expected);
}

// ---- servers

namespace {

class sleeper : public otp::gen_server<sleeper> {
 public:
  struct rest {
    using reply = int;
    otp::pid told;
  };
  int handle_call(const rest& request) {
    const farewell unwound{request.told, "unwound"};
    tell(request.told, "ready");
    wait_for_ever();
    return 1;
  }
};

}  // namespace

TEST_CASE("a server killed in a handler fails its caller, and its handler is unwound", "[P-029]") {
  CHECK(always([] {
          const auto server = otp::start<sleeper>();
          otp::spawn([server, me = self()] {
            const auto answer = otp::try_call(server, sleeper::rest{me}, otp::infinity);
            tell(me, answer.error().root().to_string());
          });
          hear();
          otp::exit(server.pid(), otp::reason::kill);
          return hear(2);
        }) == "unwound, killed");
}

TEST_CASE("a caller killed in a call leaves the server alone", "[P-029]") {
  CHECK(always([] {
          const auto server = otp::start<sleeper>();
          const auto caller = otp::spawn([server, me = self()] {
            const farewell unwound{me, "caller unwound"};
            otp::call(server, sleeper::rest{me}, otp::infinity);
          });
          hear();
          otp::exit(caller, otp::reason::kill);
          return hear() + (otp::is_alive(server.pid()) ? ", server lives" : ", server died");
        }) == "caller unwound, server lives");
}

// ---- operations outside

TEST_CASE("a kill cancels the operation that a process waits for before it is seen", "[P-029]") {
  CHECK(threaded([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                const farewell unwound{me, "unwound"};
                asio::steady_timer timer{otp::this_process::io_executor(), 1h};
                tell(me, "ready");
                timer.async_wait(otp::yield);
                tell(me, "went on");
              },
              2);
        }) == "unwound, down killed");
  CHECK(threaded([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                const farewell unwound{me, "unwound"};
                asio::ip::tcp::acceptor acceptor{otp::this_process::io_executor(),
                                                 {asio::ip::address_v4::loopback(), 0}};
                asio::ip::tcp::socket socket{otp::this_process::io_executor()};
                tell(me, "ready");
                acceptor.async_accept(socket, otp::yield);
              },
              2);
        }) == "unwound, down killed");
}

TEST_CASE("the port of a killed listener is free when its end is seen", "[P-029]") {
  CHECK(threaded([] {
          std::atomic<unsigned short> port{0};
          const auto heard = kill_when_ready(
              [&port](const otp::pid& me) {
                asio::ip::tcp::acceptor acceptor{otp::this_process::io_executor(),
                                                 {asio::ip::address_v4::loopback(), 0}};
                port = acceptor.local_endpoint().port();
                tell(me, "ready");
                acceptor.async_accept(otp::yield);
              },
              1);
          asio::ip::tcp::acceptor again{otp::this_process::io_executor(),
                                        {asio::ip::address_v4::loopback(), port.load()}};
          return heard + (again.is_open() ? ", free" : "");
        }) == "down killed, free");
}

TEST_CASE("who monitors a process that is about to end hears of it when its name is free", "[P-111]") {
  CHECK(threaded([] {
          stubborn_operation operation;
          const auto late = otp::spawn([&operation, me = self()] {
            otp::register_name("late");
            tell(me, "ready");
            operation.async_wait(otp::yield);
          });
          auto heard = hear();
          otp::exit(late, otp::reason::shutdown);
          otp::monitor(late);
          heard += ", " + hear();
          if (otp::whereis("late")) heard += ", but still named";
          operation.complete();
          return heard;
        }) == "ready, down noproc");
}

TEST_CASE("who links to a process that is about to end hears of it when its name is free", "[P-111]") {
  CHECK(threaded([] {
          stubborn_operation operation;
          const auto late = otp::spawn([&operation, me = self()] {
            otp::register_name("late");
            tell(me, "ready");
            operation.async_wait(otp::yield);
          });
          auto heard = hear();
          trap_exit(true);
          otp::exit(late, otp::reason::shutdown);
          otp::link(late);
          heard += ", " + hear();
          if (otp::whereis("late")) heard += ", but still named";
          operation.complete();
          return heard;
        }) == "ready, exited noproc");
}

TEST_CASE("a kill during a cancelled operation is not lost when the wait is swallowed", "[P-029]") {
  CHECK(threaded([] {
          return kill_when_ready(
              [](const otp::pid& me) {
                asio::steady_timer timer{otp::this_process::io_executor(), 1h};
                tell(me, "ready");
                for (;;) {
                  try {
                    timer.async_wait(otp::yield);
                  } catch (...) {
                  }
                }
              },
              1);
        }) == "down killed");
}

TEST_CASE("a process killed in blocking work is dead at once, and unwound when that is over",
          "[P-029]") {
  CHECK(threaded([] {
          std::promise<void> begun;
          std::promise<void> release;
          const auto gate = release.get_future().share();
          const auto [p, ref] = otp::spawn_monitor([&begun, gate, me = self()] {
            const farewell unwound{me, "unwound"};
            otp::blocking([&begun, gate] {
              begun.set_value();
              gate.wait();
            });
            tell(me, "went on");
          });
          begun.get_future().wait();
          otp::exit(p, otp::reason::kill);
          auto heard = hear();
          release.set_value();
          return heard + ", " + hear();
        }) == "down killed, unwound");
}

TEST_CASE("an operation that cannot be cancelled does not keep a killed process alive", "[P-029]") {
  CHECK(threaded([] {
          stubborn_operation operation;
          auto heard = kill_when_ready(
              [&operation](const otp::pid& me) {
                const farewell unwound{me, "unwound"};
                otp::register_name("zombie");
                tell(me, "ready");
                operation.async_wait(otp::yield);
                tell(me, "went on");
              },
              1);
          if (otp::whereis("zombie")) heard += ", but still named";
          operation.complete();
          return heard + ", " + hear();
        }) == "down killed, unwound");
}

TEST_CASE("what a dead process does while it is unwound leaves nothing behind", "[P-111]") {
  CHECK(threaded([] {
          stubborn_operation operation;
          const auto other = puppet();
          auto heard = kill_when_ready(
              [&operation, other](const otp::pid& me) {
                const finally mischief{[other, me] {
                  otp::register_name("ghost");
                  otp::monitor(other);
                  tell(me, "haunted");
                }};
                tell(me, "ready");
                operation.async_wait(otp::yield);
              },
              1);
          operation.complete();
          heard += ", " + hear();
          while (otp::whereis("ghost")) otp::receive(otp::after(0s, [] {}));
          return heard;
        }) == "down killed, haunted");
}

// ---- the end of a runtime

TEST_CASE("the destructor of a runtime ends processes in every kind of wait", "[P-029]") {
  std::atomic<int> ready{0};
  std::promise<void> everybody;
  std::promise<void> blocking;
  std::promise<void> release;
  const auto gate = release.get_future().share();
  std::thread releaser;
  stubborn_operation operation;
  std::atomic<int> unwound{0};
  constexpr int processes = 11;
  {
    otp::runtime rt{quiet};
    const auto scope = rt.enter();
    const auto start = [&](auto wait) {
      otp::spawn([&, wait] {
        const finally guard{[&] { ++unwound; }};
        if (++ready == processes) everybody.set_value();
        wait();
      });
    };
    start([] { wait_for_ever(); });
    start([] { otp::sleep(1h); });
    start([] {
      for (;;) {
        try {
          wait_for_ever();
        } catch (...) {
        }
      }
    });
    start([] { wait_under_noexcept(); });
    start([] {
      const finally waits{[] { wait_for_ever(); }};
    });
    start([] {
      try {
        throw 1;
      } catch (int) {
        wait_for_ever();
      }
    });
    start([] {
      asio::steady_timer timer{otp::this_process::io_executor(), 1h};
      timer.async_wait(otp::yield);
    });
    start([&, gate] {
      otp::blocking([&] {
        blocking.set_value();
        gate.wait();
      });
    });
    start([&] { operation.async_wait(otp::yield); });
    start([] {
      trap_exit(true);
      for (;;) otp::receive([](const otp::exited&) {}, [](int) {});
    });
    start([] { otp::call(otp::start<sleeper>(), sleeper::rest{self()}, otp::infinity); });
    everybody.get_future().wait();
    blocking.get_future().wait();
    // Let go while the destructor waits for them.
    releaser = std::thread{[&] {
      while (rt.process_count() > 2) std::this_thread::yield();
      release.set_value();
      operation.complete();
    }};

    rt.stop(otp::infinity);
    releaser.join();
  }
  CHECK(unwound == processes - 2);  // all but the abandoned ones
}

TEST_CASE("stop gives up at its deadline and succeeds later", "[P-029]") {
  otp::runtime rt{quiet};
  const auto scope = rt.enter();
  std::promise<void> begun;
  std::promise<void> release;
  const auto gate = release.get_future().share();
  otp::spawn([&begun, gate] {
    begun.set_value();
    gate.wait();  // holds its thread
  });
  begun.get_future().wait();
  CHECK(!rt.stop(1ms));
  CHECK(rt.process_count() == 1);
  release.set_value();
  CHECK(rt.stop(otp::infinity));
  CHECK(rt.process_count() == 0);
}

TEST_CASE("a process that starts others when it dies does not keep a runtime from stopping", "[P-029]") {
  std::atomic<int> born{0};
  {
    otp::runtime rt{quiet};
    const auto scope = rt.enter();
    std::function<void(int)> spawn_heir = [&](int generation) {
      otp::spawn([&, generation] {
        ++born;
        const finally heir{[&, generation] {
          if (generation > 0) spawn_heir(generation - 1);
        }};
        wait_for_ever();
      });
    };
    spawn_heir(20);
    while (born == 0) std::this_thread::yield();
    rt.stop(otp::infinity);
  }
  CHECK(born >= 1);
}

TEST_CASE("a guest runtime ends with operations still under way, whether its host runs or not",
          "[P-029]") {
  for (const bool stopped : {false, true}) {
    asio::io_context io;
    std::string heard;
    {
      otp::runtime rt{io.get_executor(), quiet};
      const auto scope = rt.enter();
      otp::spawn([&] {
        const finally guard{[&] { heard += "unwound"; }};
        asio::steady_timer timer{otp::this_process::io_executor(), 1h};
        asio::post(io, [&io] { io.stop(); });
        timer.async_wait(otp::yield);
      });
      io.run();
      if (!stopped) io.restart();
    }
    CHECK(heard == "unwound");
    CHECK(io.stopped() == stopped);
    io.restart();
    io.poll();
  }
}
