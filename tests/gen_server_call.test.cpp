// Calls, casts and infos as a server sees them: who is answered what, in which order, and what
// happens when the server ends first.
// One file, though long; starts, ends and timeouts have files of their own.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/gen_server.hpp>
#include <otp/logger.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using namespace otp_test;
using namespace std::chrono_literals;
using otp::this_process::self;

namespace {

class counter : public otp::gen_server<counter> {
 public:
  struct add {
    using reply = int;
    int amount = 1;
  };
  explicit counter(int start) : count_{start} {}
  int handle_call(add request) { return count_ += request.amount; }

 private:
  int count_;
};

/// A question whose answer is in the hands of a process that waits to be let go. That process says
/// hello to `boss`.
ask_later answered_later(otp::pid boss, std::string text) {
  return ask_later{[boss, text](otp::from<std::string> from) {
    otp::spawn([boss, text, from = std::move(from)]() mutable {
      stay_busy_for(boss);
      from.reply(text);
    });
  }};
}

std::string call_and_tell(const server& ref, ask question,
                          std::chrono::nanoseconds timeout = otp::default_call_timeout) {
  return answered(otp::try_call(ref, std::move(question), timeout));
}

/// What a caller hears whose call makes the server do `what`.
std::string told_when(act<scripted::answer> what) {
  return always([what] { return call_and_tell(otp::start<scripted>(), ask{what}); });
}

}  // namespace

// ---- answers

TEST_CASE("a call is answered with what its handler returns, and the state is kept",
          "[gen_server][G-017]") {
  const auto seen = always([] {
    const auto ref = otp::start<counter>(10);
    const int first = otp::call(ref, counter::add{.amount = 5});
    return first * 100 + otp::call(ref, counter::add{});
  });
  CHECK(seen == "1516");
}

TEST_CASE("another process may answer later; the server handles other requests meanwhile",
          "[gen_server][G-018]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto boss = self();
    meanwhile([=] { log.note(otp::call(ref, answered_later(boss, "late"))); });
    const auto holder = await_hello();
    log.note(otp::call(ref, ask{say("at once")}));
    let_go(holder);
    await_go();
    return log.text();
  });
  CHECK(seen == "at once, late");
}

TEST_CASE("a caller goes on as soon as it is answered, before the handler has finished",
          "[gen_server][G-019]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    log.note(otp::call(ref, ask_later{[log](otp::from<std::string> from) {
                         from.reply("early");
                         await_go();
                         log.note("handled");
                       }}));
    let_go(ref.pid());
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "early, handled");
}

TEST_CASE("a second reply to the same call reaches nobody", "[gen_server][G-020][G-021]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    const auto first = otp::call(ref, ask_later{[](otp::from<std::string> from) {
                                   from.reply("first");
                                   from.reply("second");
                                   from.fail("third");
                                 }});
    return first + ", " + otp::call(ref, ask{say("next")});
  });
  CHECK(seen == "first, next");
}

TEST_CASE("each caller gets its own reply, in whatever order they are sent",
          "[gen_server][G-022]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto boss = self();
    otp::pid holder[2];
    const char* const texts[] = {"one", "two"};
    for (int i = 0; i < 2; ++i) {
      meanwhile([=] {
        const auto reply = otp::call(ref, answered_later(boss, texts[i]));
        log.note(texts[i] + " got "s + reply);
      });
      holder[i] = await_hello();
    }
    for (const int i : {1, 0}) {
      let_go(holder[i]);
      await_go();
    }
    return log.text();
  });
  CHECK(seen == "two got two, one got one");
}

// ---- timeouts

TEST_CASE("a call that is not answered in time fails with timeout and says which call it was",
          "[gen_server][G-023]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
    occupy(ref);
    const auto end =
        end_of_body([] { otp::call(otp::name<scripted>{"db"}, ask{say("never")}, 1ms); });
    let_go(ref.pid());
    return end + ", " + otp::call(ref, ask{say("the server lives")});
  });
  CHECK(seen == "timeout in call otp_test::scripted::ask to \"db\", the server lives");
}

TEST_CASE("the exit of a failed call can be caught", "[gen_server][G-023]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    occupy(ref);
    try {
      otp::call(ref, ask{say("never")}, 1ms);
    } catch (const otp::exit_error& error) {
      return root_of(error.reason());
    }
    return "answered"s;
  });
  CHECK(seen == "timeout");
}

TEST_CASE("a reply after the timeout is dropped and answers no later call", "[gen_server][G-024]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    const auto late = otp::try_call(ref, answered_later(self(), "late"), 1ms);
    const auto holder = await_hello();
    end_of(holder, [&] { let_go(holder); });
    return answered(late) + ", " + otp::call(ref, ask{say("next")}) + ", " + hear_all();
  });
  CHECK(seen == "failed: timeout, next, ");
}

TEST_CASE("a request whose caller has given up is handled all the same",
          "[gen_server][G-025][G-027]") {
  for (const auto timeout : {0ms, 1ms}) {
    const auto seen = always([timeout] {
      const journal log;
      const auto ref = otp::start<scripted>();
      occupy(ref);
      const auto note = [log] {
        log.note("handled");
        return scripted::answer{"late"s};
      };
      log.note(call_and_tell(ref, ask{note}, timeout));
      let_go(ref.pid());
      return otp::call(ref, ask{[log] { return log.text(); }});
    });
    CHECK(seen == "failed: timeout, handled");
  }
}

TEST_CASE("a call waits five seconds by default, and for ever if it is told to",
          "[gen_server][G-026]") {
  const auto seen = simulated([] {
    const auto ref = otp::start<scripted>();
    const auto slowly = [](std::chrono::minutes time) {
      return ask{[time] {
        otp::sleep(time);
        return scripted::answer{"answered"s};
      }};
    };
    const auto start = otp::this_runtime::now();
    const auto given_up = call_and_tell(ref, slowly(10min));
    const auto waited = otp::this_runtime::now() - start;
    const auto patient = call_and_tell(ref, slowly(10min), otp::infinity);
    return fmt::format("{} after {} s, {}", given_up, waited / 1s, patient);
  });
  CHECK(seen == "failed: timeout after 5 s, answered");
}

// ---- nobody there

TEST_CASE("a call to a server that is gone fails with noproc", "[gen_server][G-028]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    otp::stop(ref);
    return call_and_tell(ref, ask{say("never")}) + ", " +
           call_and_tell(server{}, ask{say("never")});
  });
  CHECK(seen == "failed: noproc, failed: noproc");
}

TEST_CASE("a call to a name that nobody holds fails with noproc", "[gen_server][G-029]") {
  const auto seen = always([] {
    return otp::try_call(otp::name<scripted>{"nobody"}, ask{say("never")}).error().to_string();
  });
  CHECK(seen == "noproc in call otp_test::scripted::ask to \"nobody\"");
}

TEST_CASE("a server that calls itself fails at once instead of waiting", "[gen_server][G-030]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>(otp::start_options{.name = "narcissus"}, plan{});
    return otp::call(ref, ask{[ref] {
                       const auto outcome = otp::try_call(ref, ask{say("never")}, otp::infinity);
                       return outcome.error().root().to_string();
                     }});
  });
  CHECK(seen == "deadlock: narcissus → narcissus");
}

// ---- the server ends first

TEST_CASE("a caller hears the reason that the server exits with", "[gen_server][G-031]") {
  CHECK(told_when([]() -> scripted::answer { otp::exit("no disk"); }) == "failed: no disk");
  CHECK(told_when([]() -> scripted::answer { return otp::stop("no disk"); }) == "failed: no disk");
}

TEST_CASE("a caller hears the exception that the server fails with", "[gen_server][G-032]") {
  CHECK(told_when([]() -> scripted::answer { throw std::runtime_error{"no disk"}; }) ==
        "failed: std::runtime_error: no disk");
}

TEST_CASE("a caller hears when the server stops with normal without a reply",
          "[gen_server][G-033]") {
  CHECK(told_when([]() -> scripted::answer { return otp::stop(otp::reason::normal); }) ==
        "failed: normal");
  CHECK(told_when([]() -> scripted::answer { otp::exit(otp::reason::normal); }) ==
        "failed: normal");
}

TEST_CASE("a caller hears when the server is killed", "[gen_server][G-034]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto boss = self();
    meanwhile([=] {
      log.note(call_and_tell(ref, ask{[boss] {
                               stay_busy_for(boss);
                               return scripted::answer{"never"s};
                             }}));
    });
    await_hello();
    otp::exit(ref.pid(), otp::reason::kill);
    await_go();
    return log.text();
  });
  CHECK(seen == "failed: killed");
}

TEST_CASE("a caller whose server keeps the answer for later hears when the server ends",
          "[gen_server][G-031][G-034]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = self();
    for (const otp::exit_reason& why :
         {otp::exit_reason{"no disk"}, otp::exit_reason{otp::reason::kill}}) {
      const auto ref = otp::start<scripted>();
      meanwhile([=] { log.note(answered(otp::try_call(ref, answered_later(boss, "late")))); });
      const auto holder = await_hello();
      otp::exit(ref.pid(), why);
      await_go();
      end_of(holder, [&] { let_go(holder); });
    }
    return log.text();
  });
  CHECK(seen == "failed: no disk, failed: killed");
}

TEST_CASE("callers queued behind the request that ends the server hear its reason, unhandled",
          "[gen_server][G-035]") {
  const auto seen = simulated([] {
    const journal log;
    const journal handled;
    const auto ref = otp::start<scripted>();
    occupy(ref);
    otp::cast(ref, order{[] { return otp::stop("no disk"); }});
    const auto handle = [handled] {
      handled.note("handled");
      return scripted::answer{"reply"s};
    };
    for (int i = 0; i < 3; ++i) {
      meanwhile([=] { log.note(call_and_tell(ref, ask{handle})); });
    }
    until_all_wait();
    let_go(ref.pid());
    for (int i = 0; i < 3; ++i) await_go();
    return log.text() + handled.text();
  });
  CHECK(seen == "failed: no disk, failed: no disk, failed: no disk");
}

TEST_CASE("every caller of a server that is just dying hears of it", "[gen_server][G-035]") {
  const auto seen = always([] {
    const journal handled;
    const journal wrong;
    constexpr int callers = 50;
    const auto ref = otp::start<scripted>();
    for (int i = 0; i < callers; ++i) {
      meanwhile([=] {
        if (i == callers / 2) otp::cast(ref, order{[] { return otp::stop("no disk"); }});
        const auto outcome = call_and_tell(ref, ask{say("in time")}, otp::infinity);
        if (outcome != "in time" && outcome != "failed: no disk" && outcome != "failed: noproc") {
          wrong.note(outcome);
        }
      });
    }
    for (int i = 0; i < callers; ++i) await_go();
    return wrong.text();
  });
  CHECK(seen.empty());
}

TEST_CASE("a call that stops the server: terminate runs, then the caller is answered",
          "[gen_server][G-036]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log});
    const auto end = end_of(ref.pid(), [&] {
      log.note(otp::call(
          ref, ask{[] { return scripted::answer{"bye"}.and_stop(otp::reason::shutdown); }}));
    });
    return log.text() + ", " + end;
  });
  CHECK(seen == "terminate shutdown, bye, shutdown");
}

TEST_CASE("a call that stops the server is answered even if terminate fails",
          "[gen_server][G-036][G-063]") {
  const auto seen = always([] {
    const journal log;
    const auto failing = [](const otp::exit_reason&) { throw std::runtime_error{"boom"}; };
    const auto ref = otp::start<scripted>(plan{.log = log, .terminate = failing});
    const auto end = end_of(ref.pid(), [&] {
      log.note(call_and_tell(
          ref, ask{[] { return scripted::answer{"bye"}.and_stop(otp::reason::normal); }}));
    });
    return log.text() + ", " + end;
  });
  CHECK(seen == "terminate normal, bye, std::runtime_error: boom");
}

TEST_CASE("a server that answers and dies at once has answered", "[gen_server][G-082]") {
  const auto seen = always([] {
    const journal log;
    for (int i = 0; i < 20; ++i) {
      const auto ref = otp::start<scripted>();
      const auto outcome = otp::try_call(ref, ask_later{[](otp::from<std::string> from) {
                                           from.reply("answered");
                                           otp::exit("died");
                                         }});
      if (i == 0 || answered(outcome) != "answered") log.note(answered(outcome));
    }
    return log.text();
  });
  CHECK(seen == "answered");
}

// ---- the caller ends first

TEST_CASE("a request whose caller has died is handled, and the reply is dropped",
          "[gen_server][G-037]") {
  const auto seen = simulated([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    occupy(ref);
    const auto caller = otp::spawn([=] {
      otp::call(ref, ask{[log] {
                  log.note("handled");
                  return scripted::answer{"reply"s};
                }});
    });
    until_all_wait();
    end_of(caller, [&] { otp::exit(caller, otp::reason::kill); });
    let_go(ref.pid());
    return otp::call(ref, ask{[log] { return log.text() + ", and the server lives"; }});
  });
  CHECK(seen == "handled, and the server lives");
}

// ---- casts and infos

TEST_CASE("a cast never fails, also when nobody is there", "[gen_server][G-038]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    otp::stop(ref);
    otp::cast(ref, order{[] {}});
    otp::cast(server{}, order{[] {}});
    otp::cast(otp::name<scripted>{"nobody"}, order{[] {}});
    return "fine"s;
  });
  CHECK(seen == "fine");
}

TEST_CASE("casts, infos and calls of one sender are handled in the order sent",
          "[gen_server][G-039]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    for (const char* text : {"1", "3"}) {
      otp::cast(ref, order{[=] { log.note(text + " cast"s); }});
      otp::send(ref.pid(), poke{[=] { log.note("then info"); }});
    }
    return otp::call(ref, ask{[log] { return log.text() + ", then call"; }});
  });
  CHECK(seen == "1 cast, then info, 3 cast, then info, then call");
}

TEST_CASE("two requests are never handled at the same time, even if the first one waits",
          "[gen_server][G-040]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto boss = self();
    otp::cast(ref, order{[=] {
                log.note("first begins");
                stay_busy_for(boss);
                log.note("first ends");
              }});
    await_hello();
    meanwhile([=] { otp::cast(ref, order{[=] { log.note("second"); }}); });
    await_go();
    let_go(ref.pid());
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "first begins, first ends, second");
}

namespace {
struct unheard_of {};
}  // namespace

TEST_CASE("a message that a server has no handler for is logged and dropped",
          "[gen_server][G-041]") {
  journal log;
  otp::testing::simulation sim{1, {.console = {}}};
  sim.runtime().log().add_handler("test",
                                  [log](const otp::log_event& event) { log.note(event.message); });
  const auto ref = sim.runtime().start<scripted>();
  otp::send(ref.pid(), unheard_of{});
  CHECK(otp::call(ref, ask{say("lives")}) == "lives");
  CHECK(log.text().find("got a message that it does not handle") != std::string::npos);
  CHECK(log.text().find("unheard_of") != std::string::npos);
}

TEST_CASE("a request to a process that runs another server is refused, and harms nobody",
          "[gen_server][G-042]") {
  const auto seen = always([] {
    const auto ref = otp::start<counter>(1);
    const server wrong{ref.pid()};
    otp::cast(wrong, order{[] {}});
    return call_and_tell(wrong, ask{say("never")}) + ", " +
           std::to_string(otp::call(ref, counter::add{}));
  });
  CHECK(seen == "failed: the process is not a otp_test::scripted, 2");
}
