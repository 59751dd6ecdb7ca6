// Log handlers that hold nobody up.
#include "support/catch.hpp"
#include <otp/log_queue.hpp>

#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <utility>

using namespace std::chrono_literals;

namespace {

otp::log_event event(std::string text) {
  otp::log_event e;
  e.message = std::move(text);
  return e;
}

/// A handler that waits before its first event until it is let go.
class slow_console {
 public:
  otp::log_handler handler() {
    return [shared = shared_](const otp::log_event& e) {
      std::call_once(shared->first, [&] {
        shared->entered.set_value();
        shared->let_go.get_future().wait();
      });
      const std::lock_guard lock{shared->mutex};
      shared->seen += e.message + "\n";
    };
  }
  void await_first() { shared_->entered.get_future().wait(); }
  void let_go() { shared_->let_go.set_value(); }
  std::string seen() {
    const std::lock_guard lock{shared_->mutex};
    return shared_->seen;
  }

 private:
  struct state {
    std::once_flag first;
    std::promise<void> entered;
    std::promise<void> let_go;
    std::mutex mutex;
    std::string seen;
  };
  std::shared_ptr<state> shared_ = std::make_shared<state>();
};

}  // namespace

TEST_CASE("events are handed over in their order") {
  slow_console console;
  otp::log_queue queue{console.handler()};
  console.let_go();
  const auto log = queue.handler();
  for (const auto* text : {"one", "two", "three"}) log(event(text));
  REQUIRE(queue.flush(20s));
  CHECK(console.seen() == "one\ntwo\nthree\n");
}

TEST_CASE("a console that blocks holds nobody up, and what is dropped is counted in its place") {
  slow_console console;
  otp::log_queue queue{console.handler(), {.capacity = 2}};
  const auto log = queue.handler();
  log(event("being written"));
  console.await_first();
  for (const auto* text : {"one", "two", "lost", "lost", "lost"}) log(event(text));
  console.let_go();
  REQUIRE(queue.flush(20s));
  log(event("later"));
  REQUIRE(queue.flush(20s));
  CHECK(console.seen() ==
        "being written\none\ntwo\ndropped 3 log events: the log is written too slowly\nlater\n");
}

TEST_CASE("what is left is written before the queue is gone") {
  slow_console console;
  console.let_go();
  {
    otp::log_queue queue{console.handler()};
    queue.handler()(event("last words"));
  }
  CHECK(console.seen() == "last words\n");
}

TEST_CASE("a console that blocks for ever does not hold the end up") {
  slow_console console;
  otp::log_handler log;
  {
    otp::log_queue queue{console.handler(), {.patience = 1ms}};
    log = queue.handler();
    log(event("stuck"));
    console.await_first();
  }
  log(event("nobody hears this"));
  console.let_go();
}

TEST_CASE("a handler that throws loses the event and not the queue") {
  std::string seen;
  otp::log_queue queue{[&](const otp::log_event& e) {
    if (e.message == "bad") throw std::runtime_error{"no"};
    seen += e.message;
  }};
  const auto log = queue.handler();
  for (const auto* text : {"a", "bad", "b"}) log(event(text));
  REQUIRE(queue.flush(20s));
  CHECK(seen == "ab");
}
