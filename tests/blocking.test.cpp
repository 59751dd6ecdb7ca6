// Code that blocks its thread, run beside the scheduler threads.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/asio.hpp>
#include <otp/blocking.hpp>

#include <boost/asio/post.hpp>

#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace asio = boost::asio;
using namespace otp_test;
using otp::this_process::self;

TEST_CASE("blocking returns what its function returns", "[blocking]") {
  CHECK(always([] { return otp::blocking([] { return 7; }); }) == "7");
  CHECK(always([] { return *otp::blocking([] { return std::make_unique<int>(8); }); }) == "8");
}

TEST_CASE("blocking may return nothing, and its function may use the caller's frame",
          "[blocking]") {
  const auto seen = always([] {
    std::string text = "before";
    otp::blocking([&] { text += ", after"; });
    return text;
  });
  CHECK(seen == "before, after");
}

TEST_CASE("blocking throws what its function throws", "[blocking]") {
  const auto seen = always([]() -> std::string {
    try {
      otp::blocking([] { throw std::runtime_error{"boom"}; });
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "nothing";
  });
  CHECK(seen == "boom");
}

TEST_CASE("blocking keeps other processes running, and runs on another thread", "[blocking]") {
  // One scheduler thread: the function waits for another process, which needs that thread.
  otp::runtime world{{.threads = 1, .console = {}}};
  std::promise<std::thread::id> other;
  std::promise<bool> done;
  world.spawn([&] {
    const auto here = std::this_thread::get_id();
    otp::spawn([&] { other.set_value(std::this_thread::get_id()); });
    otp::blocking([&] {
      const bool elsewhere = std::this_thread::get_id() != here;
      done.set_value(elsewhere && other.get_future().get() == here);
    });
  });
  CHECK(done.get_future().get());
}

TEST_CASE("a process goes on where it was after blocking, and finds its messages", "[blocking]") {
  const auto seen = threaded([] {
    const auto boss = self();
    otp::blocking([boss] { tell(boss, "sent from the pool"); });
    return hear();
  });
  CHECK(seen == "sent from the pool");
}

TEST_CASE("a process that is killed while it blocks is dead for everyone at once", "[blocking]") {
  std::promise<void> begun;
  std::promise<void> release;
  auto released = release.get_future();
  std::promise<void> destroyed;
  struct witness {
    std::promise<void>& told;
    ~witness() { told.set_value(); }
  };
  otp::runtime world{quiet};
  const auto scope = world.enter();
  const auto ref = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
  otp::cast(ref, order{[&] {
              const witness local{destroyed};
              otp::blocking([&] {
                begun.set_value();
                released.wait();
              });
            }});
  begun.get_future().wait();
  std::promise<std::string> end;
  otp::spawn(
      [&] { end.set_value(end_of(ref.pid(), [&] { otp::exit(ref.pid(), otp::reason::kill); })); });
  CHECK(end.get_future().get() == "killed");
  CHECK_FALSE(otp::is_alive(ref.pid()));
  CHECK_FALSE(otp::whereis("db"));
  CHECK(answered(otp::try_call(ref, ask{say("never")})) == "failed: noproc");
  // Its stack lives on until the function has returned.
  auto gone = destroyed.get_future();
  CHECK(gone.wait_for(std::chrono::seconds{0}) == std::future_status::timeout);
  release.set_value();
  gone.wait();
}

TEST_CASE("the end of a runtime waits for functions that still block", "[blocking]") {
  bool returned = false;
  std::promise<void> begun;
  std::promise<void> release;
  auto released = release.get_future();
  {
    otp::runtime world{quiet};
    world.spawn([&] {
      otp::blocking([&] {
        begun.set_value();
        released.wait();
        returned = true;
      });
    });
    begun.get_future().wait();
    CHECK_FALSE(world.stop(std::chrono::milliseconds{1}));
    release.set_value();
  }
  CHECK(returned);
}

TEST_CASE("on a plain thread blocking just calls its function", "[blocking]") {
  const auto here = std::this_thread::get_id();
  CHECK(otp::blocking([] { return std::this_thread::get_id(); }) == here);
}

TEST_CASE("in an Asio handler on a scheduler thread blocking is refused", "[blocking]") {
  otp::runtime world{quiet};
  std::promise<std::string> heard;
  world.spawn([&] {
    asio::post(otp::this_process::io_executor(), [&] {
      try {
        otp::blocking([] {});
        heard.set_value("allowed");
      } catch (const std::logic_error& error) {
        heard.set_value(error.what());
      }
    });
  });
  CHECK(heard.get_future().get() ==
        "otp: a blocking call in an Asio handler would stop a scheduler thread: use a completion "
        "token, or call from a process");
}
