// A process as an Asio executor: when what is posted to it runs, and what it may not do.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/asio.hpp>
#include <otp/blocking.hpp>
#include <otp/process_executor.hpp>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/execution.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/query.hpp>
#include <boost/asio/steady_timer.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace asio = boost::asio;
using namespace otp_test;
using otp::this_process::get_executor;
using otp::this_process::self;

static_assert(asio::execution::is_executor<otp::process_executor>::value);
static_assert(std::is_trivially_copyable_v<otp::process_executor>);

namespace {

/// The executor of a server.
otp::process_executor executor_of(const server& ref) {
  std::optional<otp::process_executor> executor;
  // The caller waits, so the handler may write into its frame.
  otp::call(ref, ask{[&executor] {
              executor = get_executor();
              return scripted::answer{""s};
            }});
  return *executor;
}

/// What came of `work`, posted to the executor of a waiting process.
std::string refused(std::function<void()> work) {
  return always([work] {
    const auto boss = self();
    asio::post(get_executor(), [work, boss] {
      try {
        work();
        tell(boss, "allowed");
      } catch (const std::logic_error& error) {
        tell(boss, error.what());
      }
    });
    return hear();
  });
}

constexpr auto may_not_wait =
    "otp: a function posted to a process may not wait: send the process a message instead";

}  // namespace

TEST_CASE("posted work runs as part of the process, between its messages", "[process_executor]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto executor = executor_of(ref);
    otp::cast(ref, order{[log] { log.note("before"); }});
    otp::call(ref, ask{say("")});
    const auto boss = self();
    asio::post(executor, [=] {
      log.note(self() == ref.pid() ? "work" : "work elsewhere");
      let_go(boss);
    });
    await_go();
    otp::cast(ref, order{[log] { log.note("after"); }});
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "before, work, after");
}

TEST_CASE("posted work never runs before post returns, also from the process itself",
          "[process_executor]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = self();
    asio::post(get_executor(), [=] {
      log.note("work");
      let_go(boss);
    });
    asio::dispatch(get_executor(), [=] {
      log.note("dispatched");
      let_go(boss);
    });
    log.note("posted");
    await_go();
    await_go();
    return log.text();
  });
  CHECK(seen == "posted, work, dispatched");
}

TEST_CASE("posted work runs while the process waits, in the order posted", "[process_executor]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto executor = executor_of(ref);
    const auto boss = self();
    otp::cast(ref, order{[=] {
                stay_busy_for(boss);
                log.note("handled");
              }});
    await_hello();
    for (const char* text : {"one", "two"}) asio::post(executor, [=] { log.note(text); });
    asio::post(executor, [boss] { let_go(boss); });
    await_go();
    let_go(ref.pid());
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "one, two, handled");
}

TEST_CASE("posted work may send and call nobody", "[process_executor]") {
  CHECK(refused([] { tell(self(), "sent"); }) == "sent");
}

TEST_CASE("posted work may not wait for messages, time or answers", "[process_executor]") {
  CHECK(refused([] { hear(); }) == may_not_wait);
  CHECK(refused([] { otp::sleep(1ms); }) == may_not_wait);
  CHECK(refused([] { otp::call(otp::start<scripted>(), ask{say("never")}); }) == may_not_wait);
  CHECK(refused([] { otp::blocking([] {}); }) == may_not_wait);
}

TEST_CASE("posted work may not wait for an Asio operation, which is then not begun",
          "[process_executor]") {
  const auto seen = threaded([] {
    const auto boss = self();
    asio::post(get_executor(), [boss] {
      asio::steady_timer timer{otp::this_process::io_executor(), 1ms};
      try {
        timer.async_wait(otp::yield);
        tell(boss, "allowed");
      } catch (const std::logic_error& error) {
        // Nothing waits for the timer: cancelling it cancels nothing.
        tell(boss, fmt::format("{}, {} waiting", error.what(), timer.cancel()));
      }
    });
    return hear();
  });
  CHECK(seen == may_not_wait + ", 0 waiting"s);
}

TEST_CASE("a refused call sends no request", "[process_executor]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto boss = self();
    asio::post(get_executor(), [=] {
      try {
        otp::call(ref, ask{[log] {
                    log.note("handled");
                    return scripted::answer{""s};
                  }});
      } catch (const std::logic_error&) {
        let_go(boss);
      }
    });
    await_go();
    // Nor does the process count as waiting for the server, which would be a circle now.
    otp::cast(ref, order{[=] {
                log.note(answered(otp::try_call(server{boss}, ask{say("never")}, 1ms)));
                let_go(boss);
              }});
    await_go();
    return log.text();
  });
  CHECK(seen == "failed: timeout");
}

TEST_CASE("an exception that leaves posted work ends the process", "[process_executor]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    const auto executor = executor_of(ref);
    return end_of(ref.pid(),
                  [&] { asio::post(executor, [] { throw std::runtime_error{"boom"}; }); });
  });
  CHECK(seen == "std::runtime_error: boom");
}

TEST_CASE("an exception that leaves posted work ends the process also while it waits",
          "[process_executor]") {
  const auto seen = always([] {
    return end_of_body([] {
      asio::post(get_executor(), [] { throw std::runtime_error{"boom"}; });
      await_go();
    });
  });
  CHECK(seen == "std::runtime_error: boom");
}

TEST_CASE("posted work may end its process like any other code", "[process_executor]") {
  CHECK(always([] {
          return end_of_body([] {
            asio::post(get_executor(), [] { otp::exit("enough"); });
            await_go();
          });
        }) == "enough");
  CHECK(always([] {
          return end_of_body([] {
            asio::post(get_executor(), [] { otp::exit(self(), otp::reason::kill); });
            await_go();
          });
        }) == "killed");
}

TEST_CASE("posted work may trap exits, link and monitor", "[process_executor]") {
  const auto seen = always([] {
    asio::post(get_executor(), [] {
      otp::this_process::trap_exit(true);
      const auto other = otp::spawn([] {
        await_go();
        otp::exit("linked");
      });
      otp::link(other);
      let_go(other);
    });
    auto heard = hear();
    asio::post(get_executor(), [] { otp::monitor(otp::pid{}); });
    return heard + ", " + hear();
  });
  CHECK(seen == "exited linked, down noproc");
}

TEST_CASE("messages keep their order although posted work looks at the mailbox",
          "[process_executor]") {
  const auto seen = always([] {
    const auto boss = self();
    const auto receiver = otp::spawn([boss] {
      await_go();
      for (int i = 0; i < 4; ++i) tell(boss, hear());
    });
    const auto executor = otp::process_executor{receiver, otp::detail::current_core("a test")};
    tell(receiver, "1");
    asio::post(executor, [] { otp::this_process::trap_exit(true); });
    tell(receiver, "2");
    asio::post(executor, [] { otp::this_process::trap_exit(false); });
    tell(receiver, "3");
    tell(receiver, "4");
    let_go(receiver);
    return hear(4);
  });
  CHECK(seen == "1, 2, 3, 4");
}

TEST_CASE("work for a process that is gone is destroyed without being run", "[process_executor]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    const auto executor = executor_of(ref);
    otp::stop(ref);
    auto witness = std::make_shared<int>();
    const std::weak_ptr<int> gone = witness;
    bool ran = false;
    asio::post(executor, [witness = std::move(witness), &ran] { ran = true; });
    return fmt::format("{}, {}", gone.expired() ? "destroyed" : "kept", ran ? "run" : "not run");
  });
  CHECK(seen == "destroyed, not run");
}

TEST_CASE("work that a process has not run when it ends is destroyed", "[process_executor]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto executor = executor_of(ref);
    occupy(ref);
    struct witness {
      journal log;
      explicit witness(journal l) : log{std::move(l)} {}
      witness(const witness&) = delete;
      witness& operator=(const witness&) = delete;
      ~witness() { log.note("destroyed"); }
    };
    otp::exit(ref.pid(), otp::reason::kill);
    end_of(ref.pid(), [&] { asio::post(executor, [log, w = std::make_unique<witness>(log)] {}); });
    return log.text();
  });
  CHECK(seen == "destroyed");
}

TEST_CASE("a plain thread posts work to a process", "[process_executor]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  const auto scope = world.enter();
  const auto executor = executor_of(ref);
  std::promise<otp::pid> where;
  asio::post(executor, [&] { where.set_value(self()); });
  CHECK(where.get_future().get() == ref.pid());
}

TEST_CASE("the executor names its process, and equals itself", "[process_executor]") {
  const auto seen = always([] {
    const auto mine = get_executor();
    const auto other = executor_of(otp::start<scripted>());
    const auto again = get_executor();
    return mine.process() == self() && mine == again && mine != other;
  });
  CHECK(seen == "true");
}

TEST_CASE("get_executor needs a process", "[process_executor]") {
  CHECK_THROWS_AS(get_executor(), otp::not_a_process);
}

TEST_CASE("completion handlers bound to a process run as part of it", "[process_executor]") {
  const auto seen = threaded([] {
    const auto boss = self();
    asio::steady_timer timer{otp::this_process::io_executor(), 1ms};
    timer.async_wait(asio::bind_executor(get_executor(), [boss](boost::system::error_code error) {
      tell(boss, error ? "failed" : self() == boss ? "here" : "elsewhere");
    }));
    return hear();
  });
  CHECK(seen == "here");
}
