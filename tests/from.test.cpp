// The right to answer a call: who may use it, and what the caller hears when nobody does.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/blocking.hpp>
#include <otp/call_async.hpp>
#include <otp/from.hpp>
#include <otp/gen_server.hpp>
#include <otp/process_executor.hpp>

#include <boost/asio/bind_executor.hpp>

#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace asio = boost::asio;
using namespace otp_test;
using otp::this_process::self;

static_assert(!std::is_copy_constructible_v<otp::from<int>>);
static_assert(std::is_nothrow_move_constructible_v<otp::from<int>>);
static_assert(std::is_nothrow_move_assignable_v<otp::from<int>>);

namespace {

using right = otp::from<std::string>;

/// What a caller hears whose `from` is given to `handler`.
template <class Handler>
std::string heard_when(Handler handler) {
  return always(
      [handler] { return answered(otp::try_call(otp::start<scripted>(), ask_later{handler})); });
}

/// Keeps every `from` that it gets.
class debtor : public otp::gen_server<debtor> {
 public:
  struct ask {
    using reply = std::string;
  };
  struct drop {};
  struct end {
    std::string how;
  };
  void handle_call(ask, right from) { owed_.push_back(std::move(from)); }
  void handle_cast(drop) { owed_.clear(); }
  otp::noreply handle_cast(end message) {
    if (message.how == "throw") throw std::runtime_error{"boom"};
    return otp::stop(message.how);
  }

 private:
  std::vector<right> owed_;
};

/// What two callers of a debtor hear, one of them with a completion token, after `cause`.
template <class Cause>
std::string creditors_hear(Cause cause) {
  return simulated([cause] {
    const journal first;
    const journal second;
    const auto ref = otp::start<debtor>();
    meanwhile([=] { first.note(answered(otp::try_call(ref, debtor::ask{}))); });
    const auto boss = self();
    const auto hear_it = [=](std::exception_ptr error, std::string) {
      second.note(error ? root_of(otp::exit_reason::from_exception(error)) : "answered");
      let_go(boss);
    };
    otp::call(ref, debtor::ask{}, otp::infinity,
              asio::bind_executor(otp::this_process::get_executor(), hear_it));
    until_all_wait();
    cause(ref);
    await_go();
    await_go();
    return first.text() + "; " + second.text();
  });
}

}  // namespace

TEST_CASE("a from that is destroyed without an answer fails the caller at once", "[from]") {
  CHECK(heard_when([](right) {}) == "failed: noproc");
  CHECK(creditors_hear([](auto ref) { otp::cast(ref, debtor::drop{}); }) ==
        "failed: noproc; noproc");
}

TEST_CASE("a from that dies with its server tells the server's reason", "[from][G-031]") {
  CHECK(creditors_hear([](auto ref) { otp::cast(ref, debtor::end{"no disk"}); }) ==
        "failed: no disk; no disk");
  CHECK(creditors_hear([](auto ref) { otp::cast(ref, debtor::end{"throw"}); }) ==
        "failed: std::runtime_error: boom; std::runtime_error: boom");
  CHECK(creditors_hear([](auto ref) { otp::exit(ref.pid(), otp::reason::kill); }) ==
        "failed: killed; killed");
}

TEST_CASE("a caller with a completion token hears when the server ends, wherever its from is",
          "[from][G-031]") {
  const auto seen = always([] {
    const auto boss = self();
    const auto ref = otp::start<scripted>();
    const auto kept = std::make_shared<std::optional<right>>();
    const auto keep = ask_later{[=](right from) {
      kept->emplace(std::move(from));
      let_go(boss);
    }};
    const auto hear_it = [boss](std::exception_ptr error, std::string) {
      tell(boss, root_of(otp::exit_reason::from_exception(error)));
    };
    otp::call(ref, keep, otp::infinity,
              asio::bind_executor(otp::this_process::get_executor(), hear_it));
    await_go();
    otp::stop(ref, "no disk");
    const auto heard = hear();
    (*kept)->reply("too late");
    return heard + ", " + hear(0s);
  });
  CHECK(seen == "no disk, silence");
}

TEST_CASE("a from that an exception destroys tells that exception if it ends the server",
          "[from][G-032]") {
  CHECK(heard_when([](right) { throw std::runtime_error{"boom"}; }) ==
        "failed: std::runtime_error: boom");
}

TEST_CASE("a from that an exception destroys says noproc if the handler catches it", "[from]") {
  CHECK(heard_when([](right from) {
          try {
            const right local{std::move(from)};
            throw std::runtime_error{"boom"};
          } catch (const std::runtime_error&) {
          }
        }) == "failed: noproc");
}

TEST_CASE("a from that is destroyed in a killed handler tells the kill", "[from][G-034]") {
  CHECK(heard_when([](right) {
          otp::exit(self(), otp::reason::kill);
          otp::sleep(1s);
        }) == "failed: killed");
}

TEST_CASE("fail tells the caller any reason", "[from]") {
  CHECK(heard_when([](right from) { from.fail("no disk"); }) == "failed: no disk");
}

TEST_CASE("only the first answer counts", "[from][G-020]") {
  CHECK(heard_when([](right from) {
          from.reply("first");
          from.fail("second");
          from.reply("third");
        }) == "first");
}

TEST_CASE("a from is true until it has answered", "[from]") {
  const auto seen = always([] {
    return otp::call(otp::start<scripted>(), ask_later{[](right from) {
                       right other{std::move(from)};
                       const bool moved = !from && other;
                       right third = std::move(other);
                       third.reply(moved && third && !other ? "as expected" : "wrong");
                       if (third) otp::exit("wrong");
                     }});
  });
  CHECK(seen == "as expected");
}

TEST_CASE("a from that is assigned to another gives up the other's call", "[from]") {
  const auto seen = simulated([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto kept = std::make_shared<std::optional<right>>();
    const auto keep = ask_later{[kept](right from) {
      if (*kept) {
        **kept = std::move(from);
      } else {
        kept->emplace(std::move(from));
      }
    }};
    meanwhile([=] { log.note("first " + answered(otp::try_call(ref, keep))); });
    until_all_wait();
    meanwhile([=] { log.note("second " + answered(otp::try_call(ref, keep))); });
    await_go();
    (*kept)->reply("answered");
    await_go();
    return log.text();
  });
  CHECK(seen == "first failed: noproc, second answered");
}

TEST_CASE("a from knows its caller, and nobody for a call with a completion token", "[from]") {
  const auto seen = always([] {
    const auto boss = self();
    const auto ref = otp::start<scripted>();
    const auto tell_caller = ask_later{[boss](right from) {
      from.reply(from.caller() == boss ? "you" : from.caller() ? "another" : "nobody");
    }};
    const auto by_process = otp::call(ref, tell_caller);
    otp::call(ref, tell_caller,
              asio::bind_executor(
                  otp::this_process::get_executor(),
                  [boss](std::exception_ptr, std::string caller) { tell(boss, caller); }));
    return by_process + ", " + hear();
  });
  CHECK(seen == "you, nobody");
}

TEST_CASE("a plain thread may answer", "[from][G-018]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  std::promise<right> given;
  auto promised = given.get_future();
  std::thread answering{[&] { promised.get().reply("from a thread"); }};
  const auto answer =
      otp::call(ref, ask_later{[&given](right from) { given.set_value(std::move(from)); }});
  answering.join();
  CHECK(answer == "from a thread");
}

TEST_CASE("an answer after the server has ended is dropped", "[from]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto kept = std::make_shared<std::optional<right>>();
    const auto boss = self();
    meanwhile([=] {
      log.note(answered(otp::try_call(ref, ask_later{[=](right from) {
                                        kept->emplace(std::move(from));
                                        let_go(boss);
                                      }})));
      log.note(otp::call(otp::start<scripted>(), ask{say("next")}));
    });
    await_go();
    otp::stop(ref);
    (*kept)->reply("too late");
    await_go();
    return log.text();
  });
  CHECK(seen == "failed: normal, next");
}

TEST_CASE("an answer to a caller that is gone is dropped", "[from][G-037]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    const auto kept = std::make_shared<std::optional<right>>();
    const auto boss = self();
    const auto caller = otp::spawn([=] {
      otp::call(ref, ask_later{[=](right from) {
                  kept->emplace(std::move(from));
                  let_go(boss);
                }});
    });
    await_go();
    end_of(caller, [&] { otp::exit(caller, otp::reason::kill); });
    (*kept)->reply("nobody hears");
    return otp::call(ref, ask{say("the server lives")});
  });
  CHECK(seen == "the server lives");
}

TEST_CASE("answers that race with the end of the server reach the caller once", "[from]") {
  const auto seen = threaded([] {
    int replies = 0;
    int ends = 0;
    for (int i = 0; i < 200; ++i) {
      const auto boss = self();
      const auto ref = otp::start<scripted>();
      const auto outcome = otp::try_call(
          ref, ask_later{[boss](right from) {
            otp::spawn([from = std::move(from)]() mutable { from.reply("answered"); });
            otp::exit("ended");
          }});
      const auto text = answered(outcome);
      replies += text == "answered";
      ends += text == "failed: ended";
    }
    return replies + ends;
  });
  CHECK(seen == "200");
}

TEST_CASE("a handler in a zombie may drop its from", "[from]") {
  // Killed while it blocks: the callers have been told already when the handler's frame is unwound.
  otp::runtime world{quiet};
  std::promise<void> begun;
  std::promise<void> release;
  auto released = release.get_future();
  const auto ref = world.start<scripted>();
  std::thread caller{[&] {
    (void)otp::try_call(ref, ask_later{[&](right from) {
                          const right local{std::move(from)};
                          otp::blocking([&] {
                            begun.set_value();
                            released.wait();
                          });
                        }});
  }};
  begun.get_future().wait();
  otp::exit(ref.pid(), otp::reason::kill);
  caller.join();
  release.set_value();
  CHECK(world.stop(std::chrono::seconds{30}));
  // The slot is used again, by a process that owes nobody anything.
  CHECK(otp::call(world.start<scripted>(), ask{say("fine")}) == "fine");
}
