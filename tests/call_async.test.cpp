// Calls with completion tokens: coroutines, futures, callbacks.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/asio.hpp>
#include <otp/call_async.hpp>
#include <otp/gen_server.hpp>
#include <otp/process_executor.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

namespace asio = boost::asio;
using namespace otp_test;
using otp::this_process::get_executor;
using otp::this_process::self;

namespace {

std::string root_of(const std::exception_ptr& error) {
  return error ? otp_test::root_of(otp::exit_reason::from_exception(error)) : "no error";
}

/// Plays a coroutine with a server, on an io_context of its own; returns what the coroutine returns.
std::string await_with_server(std::function<asio::awaitable<std::string>(server)> body) {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  asio::io_context io;
  std::string told;
  asio::co_spawn(io, body(ref), [&](std::exception_ptr error, std::string result) {
    told = error ? "failed: " + root_of(error) : result;
  });
  io.run();
  return told;
}

/// Calls from the calling process, which is told the outcome.
void call_and_hear(const server& ref, ask question,
                   std::chrono::nanoseconds timeout = otp::default_call_timeout) {
  otp::call(ref, std::move(question), timeout,
            asio::bind_executor(get_executor(),
                                [boss = self()](std::exception_ptr error, std::string answer) {
                                  tell(boss, error ? "failed: " + root_of(error) : answer);
                                }));
}

class silent : public otp::gen_server<silent> {
 public:
  struct ping {
    using reply = void;
  };
  struct parcel {
    using reply = std::unique_ptr<int>;
  };
  void handle_call(ping) {}
  std::unique_ptr<int> handle_call(parcel) { return std::make_unique<int>(7); }
};

}  // namespace

TEST_CASE("a coroutine awaits a call", "[call_async][G-045]") {
  const auto told = await_with_server([](server ref) -> asio::awaitable<std::string> {
    ask question{say("first")};
    const auto first = co_await otp::call(ref, question, asio::use_awaitable);
    question.what = say("second");
    const auto second = co_await otp::call(ref, question, 1s, asio::use_awaitable);
    co_return first + ", " + second;
  });
  CHECK(told == "first, second");
}

TEST_CASE("a failed call throws in the coroutine that awaits it", "[call_async][G-031]") {
  const auto told = await_with_server([](server ref) -> asio::awaitable<std::string> {
    const auto leave = ask{[]() -> scripted::answer { otp::exit("no disk"); }};
    try {
      co_await otp::call(ref, leave, asio::use_awaitable);
    } catch (const otp::exit_error& error) {
      co_return otp_test::root_of(error.reason());
    }
    co_return "answered";
  });
  CHECK(told == "no disk");
}

TEST_CASE("a future holds the answer of a call, or its failure", "[call_async][G-045]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  auto answer = otp::call(ref, ask{say("here")}, asio::use_future);
  CHECK(answer.get() == "here");
  auto failing = otp::call(server{}, ask{say("never")}, asio::use_future);
  CHECK_THROWS_AS(failing.get(), otp::exit_error);
}

TEST_CASE("a callback gets the answer, later, on its associated executor", "[call_async][G-045]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = self();
    const auto ref = otp::start<scripted>();
    otp::call(ref, ask{say("answer")},
              asio::bind_executor(get_executor(), [=](std::exception_ptr, std::string answer) {
                log.note(answer + (self() == boss ? " here" : " elsewhere"));
                let_go(boss);
              }));
    log.note("called");
    await_go();
    return log.text();
  });
  CHECK(seen == "called, answer here");
}

TEST_CASE("a call to nobody completes later, too", "[call_async][G-028]") {
  const auto seen = always([] {
    call_and_hear(server{}, ask{say("never")});
    tell(self(), "called");
    return hear(2);
  });
  CHECK(seen == "called, failed: noproc");
}

TEST_CASE("the failure of a call with a token says which call it was",
          "[call_async][G-023][G-029]") {
  const auto seen = always([] {
    const auto boss = self();
    otp::call(otp::name<scripted>{"nobody"}, ask{say("never")},
              asio::bind_executor(get_executor(), [boss](std::exception_ptr error, std::string) {
                tell(boss, otp::exit_reason::from_exception(error).to_string());
              }));
    return hear();
  });
  CHECK(seen == "noproc in call otp_test::scripted::ask to \"nobody\"");
}

TEST_CASE("several calls of one process are under way at the same time", "[call_async][G-045]") {
  const auto seen = always([] {
    const auto slow = otp::start<scripted>();
    const auto fast = otp::start<scripted>();
    call_and_hear(slow, ask{[] {
                    await_go();
                    return scripted::answer{"slow"s};
                  }});
    call_and_hear(fast, ask{say("fast")});
    const auto first = hear();
    let_go(slow.pid());
    return first + ", " + hear();
  });
  CHECK(seen == "fast, slow");
}

TEST_CASE("a call with a token times out, and its late reply reaches nobody",
          "[call_async][G-023][G-024]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    call_and_hear(ref, ask{[] {
                    await_go();
                    return scripted::answer{"late"s};
                  }},
                  1ms);
    const auto heard = hear();
    let_go(ref.pid());
    return heard + ", " + otp::call(ref, ask{say("next")}) + ", " + hear_all();
  });
  CHECK(seen == "failed: timeout, next, ");
}

TEST_CASE("a call with a token times out exactly in virtual time", "[call_async][G-026]") {
  const auto seen = simulated([] {
    const auto ref = otp::start<scripted>();
    const auto start = otp::this_runtime::now();
    call_and_hear(ref, ask{[] {
                    otp::sleep(1min);
                    return scripted::answer{"late"s};
                  }});
    const auto heard = hear();
    return fmt::format("{} after {} s", heard, (otp::this_runtime::now() - start) / 1s);
  });
  CHECK(seen == "failed: timeout after 5 s");
}

TEST_CASE("a call with a token hears when the server fails, stops or is killed",
          "[call_async][G-031][G-032][G-033][G-034]") {
  const auto seen = always([] {
    const auto boss = self();
    const act<scripted::answer> ways[] = {
        []() -> scripted::answer { otp::exit("no disk"); },
        []() -> scripted::answer { throw std::runtime_error{"boom"}; },
        []() -> scripted::answer { return otp::stop(otp::reason::normal); },
        [boss]() -> scripted::answer {
          stay_busy_for(boss);
          return "never"s;
        },
    };
    std::string all;
    for (const auto& way : ways) {
      const auto ref = otp::start<scripted>();
      call_and_hear(ref, ask{way});
      if (&way == &ways[3]) {
        await_hello();
        otp::exit(ref.pid(), otp::reason::kill);
      }
      all += hear() + ", ";
    }
    return all;
  });
  CHECK(seen ==
        "failed: no disk, failed: std::runtime_error: boom, failed: normal, failed: killed, ");
}

TEST_CASE("a request with a token that waits in the mailbox of a dying server fails",
          "[call_async][G-035]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    occupy(ref);
    call_and_hear(ref, ask{say("never")});
    otp::exit(ref.pid(), "no disk");
    return hear();
  });
  CHECK(seen == "failed: no disk");
}

TEST_CASE("an Asio handler on a scheduler thread may call with a token", "[call_async]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  std::promise<std::string> told;
  asio::post(world.core().workers.front()->executor(), [&] {
    otp::call(ref, ask{say("here")},
              [&](std::exception_ptr, std::string answer) { told.set_value(std::move(answer)); });
  });
  CHECK(told.get_future().get() == "here");
}

TEST_CASE("a reply of nothing needs no value, and a move-only one is moved", "[call_async]") {
  otp::runtime world{quiet};
  const auto ref = world.start<silent>();
  otp::call(ref, silent::ping{}, asio::use_future).get();
  CHECK(*otp::call(ref, silent::parcel{}, asio::use_future).get() == 7);
}

TEST_CASE("a call under way keeps the io_context of its handler running", "[call_async]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  asio::io_context io;
  std::string told;
  const auto slowly = ask{[] {
    otp::sleep(2ms);
    return scripted::answer{"here"s};
  }};
  otp::call(ref, slowly, asio::bind_executor(io, [&](std::exception_ptr, std::string answer) {
              told = std::move(answer);
            }));
  io.run();
  CHECK(told == "here");
}

TEST_CASE("calls with tokens that race with their timeouts complete exactly once", "[call_async]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  constexpr int calls = 500;
  std::atomic<int> completed{0};
  std::promise<void> all;
  for (int i = 0; i < calls; ++i) {
    otp::call(ref, ask{say("here")}, std::chrono::microseconds{i % 100},
              [&](std::exception_ptr, std::string) {
                if (++completed == calls) all.set_value();
              });
  }
  all.get_future().wait();
  otp::call(ref, ask{say("")});
  CHECK(completed == calls);
}

TEST_CASE("a runtime that ends completes the calls that are still under way", "[call_async]") {
  std::promise<std::string> told;
  std::promise<void> begun;
  {
    otp::runtime world{quiet};
    const auto ref = world.start<scripted>();
    otp::call(ref, ask{[&]() -> scripted::answer {
                begun.set_value();
                await_go();
                return "never"s;
              }},
              [&](std::exception_ptr error, std::string) { told.set_value(root_of(error)); });
    begun.get_future().wait();
  }
  CHECK(told.get_future().get() == "killed");
}

TEST_CASE("calls of a thread that does not know that the runtime ends complete exactly once",
          "[call_async][P-010]") {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> made{0};
    std::atomic<int> completed{0};
    std::atomic<bool> failed{false};
    std::atomic<int> timeouts{0};
    std::thread caller;
    {
      otp::runtime world{{.threads = round % 2 == 0 ? 1U : 2U, .console = std::nullopt}};
      const auto ref = world.start<silent>();
      caller = std::thread{[&, ref] {
        while (!failed) {
          while (made - completed > 64) std::this_thread::yield();
          ++made;
          otp::call(ref, silent::ping{}, 1h, [&](std::exception_ptr error) {
            if (error) failed = true;
            if (error && root_of(error) == "timeout") ++timeouts;
            ++completed;
          });
        }
        while (completed < made) std::this_thread::yield();
      }};
      while (made < 200) std::this_thread::yield();
    }
    caller.join();
    CHECK(completed == made);
    CHECK(timeouts == 0);
  }
}

TEST_CASE("a from that outlives its runtime does no harm", "[call_async]") {
  std::promise<std::string> told;
  std::promise<otp::from<std::string>> given;
  {
    otp::runtime world{quiet};
    const auto ref = world.start<scripted>();
    otp::call(ref,
              ask_later{[&](otp::from<std::string> from) { given.set_value(std::move(from)); }},
              10s, [&](std::exception_ptr error, std::string) { told.set_value(root_of(error)); });
    auto kept = given.get_future().get();
    world.stop(std::chrono::seconds{30});
    CHECK(told.get_future().get() == "killed");
    given = {};
    given.set_value(std::move(kept));
  }
  given.get_future().get().reply("too late");
}

TEST_CASE("yield is a completion token like the others", "[call_async]") {
  const auto seen = always([]() -> std::string {
    const auto ref = otp::start<scripted>();
    const auto first = otp::call(ref, ask{say("answer")}, otp::yield);
    try {
      otp::call(ref, ask{[]() -> scripted::answer { otp::exit("no disk"); }}, otp::yield);
    } catch (const otp::exit_error& error) {
      return first + ", " + otp_test::root_of(error.reason());
    }
    return first;
  });
  CHECK(seen == "answer, no disk");
}
