// The caller's side of a call: from processes and plain threads, and circles of calls.
#include "support/catch.hpp"
#include "support/machine.hpp"
#include "support/scripted.hpp"
#include <otp/agent.hpp>
#include <otp/call.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/gen_server.hpp>
#include <otp/logger.hpp>
#include <otp/registry.hpp>
#include <otp/supervisor.hpp>
#include <otp/task_supervisor.hpp>

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace otp_test;
using otp::this_process::self;

namespace {

/// Calls what its message says, and answers what it heard.
class relay : public otp::gen_server<relay> {
 public:
  struct pass {  ///< Calls the first of `line`, which calls the next.
    using reply = std::string;
    std::vector<std::string> line;
    std::chrono::nanoseconds timeout = otp::infinity;
  };
  struct pass_from {  ///< As pass, but another process answers.
    using reply = std::string;
    std::vector<std::string> line;
  };

  std::string handle_call(pass message) { return hand_on(message.line, message.timeout); }
  void handle_call(pass_from message, otp::from<std::string> from) {
    from.reply(hand_on(message.line, otp::infinity));
  }

  static std::string hand_on(std::vector<std::string> line,
                             std::chrono::nanoseconds timeout = otp::infinity) {
    if (line.empty()) return "done";
    const otp::name<relay> next{line.front()};
    line.erase(line.begin());
    const auto outcome = otp::try_call(next, pass{std::move(line), timeout}, timeout);
    return outcome ? *outcome : root_of(outcome.error());
  }
};

otp::server_ref<relay> start_relay(const std::string& name) {
  return otp::start<relay>(otp::start_options{.name = name});
}

}  // namespace

// ---- circles

TEST_CASE("a call that closes a circle of two fails at once and names the circle",
          "[call][G-030]") {
  const auto seen = always([] {
    start_relay("a");
    start_relay("b");
    return relay::hand_on({"a", "b", "a"});
  });
  CHECK(seen == "deadlock: b → a → b");
}

TEST_CASE("a call that closes a circle of many fails at once and names the circle",
          "[call][G-030]") {
  const auto seen = always([] {
    for (const char* name : {"a", "b", "c", "d"}) start_relay(name);
    return relay::hand_on({"a", "b", "c", "d", "b"});
  });
  CHECK(seen == "deadlock: d → b → c → d");
}

TEST_CASE("a process without a name stands in a circle with its pid", "[call][G-030]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    const auto circle = otp::call(ref, ask{[ref] {
                                    const auto again = otp::try_call(ref, ask{say("never")});
                                    return scripted::answer{root_of(again.error())};
                                  }});
    return circle == fmt::format("deadlock: {} → {}", ref, ref);
  });
  CHECK(seen == "true");
}

TEST_CASE("the reason of a deadlock says which call would have closed it", "[call][G-030]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>(otp::start_options{.name = "a"}, plan{});
    return otp::call(ref, ask{[ref] {
                       const otp::name<scripted> me{"a"};
                       const auto outcome = otp::try_call(me, ask{say("never")});
                       return outcome.error().to_string();
                     }});
  });
  CHECK(seen == "deadlock: a → a in call otp_test::scripted::ask to \"a\"");
}

TEST_CASE("after a circle was refused, its members go on as before", "[call][G-030]") {
  const auto seen = always([] {
    for (const char* name : {"a", "b", "c"}) start_relay(name);
    std::string all;
    for (int i = 0; i < 3; ++i) {
      all += relay::hand_on({"a", "b", "a"}) + ", " + relay::hand_on({"a", "b", "c"}) + ", ";
    }
    return all;
  });
  CHECK(seen ==
        "deadlock: b → a → b, done, deadlock: b → a → b, done, deadlock: b → a → b, done, ");
}

TEST_CASE("a server that has answered may call its caller back at once", "[call]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = self();
    const auto a = otp::start<scripted>();
    const auto b = otp::start<scripted>();
    const auto call_back = [=](otp::from<std::string> from) {
      from.reply("answered");
      log.note(otp::call(a, ask{say("called back")}));
      let_go(boss);
    };
    otp::cast(a, order{[=] { log.note(otp::call(b, ask_later{call_back})); }});
    await_go();
    return log.text();
  });
  CHECK(seen == "answered, called back");
}

TEST_CASE("a server may call its caller while another process owes the answer", "[call]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = self();
    const auto a = otp::start<scripted>();
    const auto b = otp::start<scripted>();
    const auto give_away = [=](otp::from<std::string> from) {
      const auto holder = otp::spawn([from = std::move(from)]() mutable {
        await_go();
        from.reply("answered");
      });
      let_go(holder);
      log.note(otp::call(a, ask{say("called back")}));
      let_go(boss);
    };
    otp::cast(a, order{[=] { log.note(otp::call(b, ask_later{give_away})); }});
    await_go();
    return log.text();
  });
  CHECK(seen == "answered, called back");
}

TEST_CASE("of two calls that cross, exactly one fails", "[call][G-030]") {
  const auto seen = always([] {
    const auto boss = self();
    const server servers[] = {otp::start<scripted>(), otp::start<scripted>()};
    constexpr int rounds = 100;
    int deadlocks = 0;
    int answers = 0;
    for (int round = 0; round < rounds; ++round) {
      for (const int i : {0, 1}) {
        otp::cast(servers[i], order{[=, other = servers[1 - i]] {
                    stay_busy_for(boss);
                    const auto outcome = otp::try_call(other, ask{say("answer")}, otp::infinity);
                    tell(boss, outcome ? "answer" : "deadlock");
                  }});
      }
      for (int i = 0; i < 2; ++i) await_hello();
      for (const auto& ref : servers) let_go(ref.pid());
      for (int i = 0; i < 2; ++i) (hear() == "answer" ? answers : deadlocks) += 1;
    }
    return fmt::format("{} answers, {} deadlocks", answers, deadlocks);
  });
  CHECK(seen == "100 answers, 100 deadlocks");
}

TEST_CASE("calls along a chain whose end calls the beginning after it has answered are no circle",
          "[call]") {
  const auto seen = always([] {
    const auto boss = self();
    const auto a = otp::start<scripted>();
    const auto b = otp::start<scripted>();
    const auto c = otp::start<scripted>();
    const auto told = [](const auto& outcome) {
      return outcome ? *outcome : root_of(outcome.error());
    };
    const auto last = [=](otp::from<std::string> from) {
      from.reply("answered");
      tell(boss, told(otp::try_call(a, ask{say("called back")}, otp::infinity)));
    };
    const auto middle = [=] {
      return scripted::answer{told(otp::try_call(c, ask_later{last}, otp::infinity))};
    };
    for (int round = 0; round < 100; ++round) {
      otp::cast(a, order{[=] { tell(boss, told(otp::try_call(b, ask{middle}, otp::infinity))); }});
      for (int i = 0; i < 2; ++i) {
        if (const auto heard = hear(); heard != "answered" && heard != "called back") return heard;
      }
    }
    return "no alarm"s;
  });
  CHECK(seen == "no alarm");
}

// ---- plain threads

TEST_CASE("a plain thread calls a server and blocks until it is answered", "[call][G-017]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  const auto answer = otp::call(ref, ask{[] {
                                  otp::sleep(1ms);
                                  return scripted::answer{"answered"s};
                                }});
  CHECK(answer == "answered");
}

TEST_CASE("a plain thread needs to enter a runtime to call by name", "[call]") {
  otp::runtime world{quiet};
  world.start<scripted>(otp::start_options{.name = "db"}, plan{});
  const otp::name<scripted> db{"db"};
  CHECK_THROWS_AS(otp::call(db, ask{say("never")}), otp::not_a_process);
  const auto scope = world.enter();
  CHECK(otp::call(db, ask{say("here")}) == "here");
  const auto nobody = otp::try_call(otp::name<scripted>{"nobody"}, ask{say("never")});
  CHECK(answered(nobody) == "failed: noproc");
}

TEST_CASE("a plain thread's call times out, and its late reply reaches nobody",
          "[call][G-023][G-024]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  const auto slow = ask{[] {
    await_go();
    return scripted::answer{"late"s};
  }};
  CHECK(answered(otp::try_call(ref, slow, 1ms)) == "failed: timeout");
  CHECK(answered(otp::try_call(ref, slow, 0ms)) == "failed: timeout");
  let_go(ref.pid());
  let_go(ref.pid());
  CHECK(otp::call(ref, ask{say("next")}) == "next");
}

TEST_CASE("a plain thread hears when the server ends or is not there",
          "[call][G-028][G-031][G-034]") {
  otp::runtime world{quiet};
  const auto first = world.start<scripted>();
  CHECK(answered(otp::try_call(first, ask{[]() -> scripted::answer { otp::exit("no disk"); }})) ==
        "failed: no disk");
  CHECK(answered(otp::try_call(first, ask{say("never")})) == "failed: noproc");
  const auto second = world.start<scripted>();
  const auto killed = otp::try_call(second, ask{[]() -> scripted::answer {
                                      otp::exit(self(), otp::reason::kill);
                                      return "never"s;
                                    }});
  CHECK(answered(killed) == "failed: killed");
}

TEST_CASE("a plain thread's failed call throws", "[call][G-023]") {
  otp::runtime world{quiet};
  CHECK_THROWS_AS(otp::call(server{}, ask{say("never")}), otp::exit_error);
}

TEST_CASE("a plain thread that calls on and on hears that the runtime has ended", "[call][P-010]") {
  for (int round = 0; round < 200; ++round) {
    std::atomic<int> answered{0};
    std::string told;
    std::thread caller;
    {
      otp::runtime world{{.threads = round % 2 == 0 ? 1U : 2U, .console = std::nullopt}};
      const auto ref = world.start<scripted>();
      caller = std::thread{[&, ref] {
        for (;;) {
          const auto answer = otp::try_call(ref, ask{say("here")});
          if (!answer) {
            told = root_of(answer.error());
            return;
          }
          ++answered;
        }
      }};
      while (answered < 3) std::this_thread::yield();
    }
    caller.join();
    CHECK((told == "noproc" || told == "killed"));
  }
}

TEST_CASE("many plain threads call one server, each gets its own answers", "[call][G-022]") {
  otp::runtime world{quiet};
  const auto ref = world.start<scripted>();
  std::atomic<int> right{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      for (int i = 0; i < 200; ++i) {
        const auto text = fmt::format("{}.{}", t, i);
        if (otp::call(ref, ask{say(text)}) == text) ++right;
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(right == 800);
}

TEST_CASE("in a simulation a plain thread's call lets virtual time pass, and no more than needed",
          "[call][G-026]") {
  otp::testing::simulation world{1, {.console = {}}};
  const auto ref = world.runtime().start<scripted>();
  const auto slowly = [](std::chrono::nanoseconds time) {
    return ask{[time] {
      otp::sleep(time);
      return scripted::answer{"answered"s};
    }};
  };
  CHECK(otp::call(ref, slowly(2s)) == "answered");
  CHECK(world.now() == 2s);
  CHECK(answered(otp::try_call(ref, slowly(10s))) == "failed: timeout");
  CHECK(world.now() == 7s);
}

// ---- two runtimes

TEST_CASE("a process may not block its scheduler thread with a call into another runtime",
          "[call]") {
  otp::runtime other{quiet};
  const auto ref = other.start<scripted>();
  const auto seen = always([ref]() -> std::string {
    try {
      return otp::call(ref, ask{say("never")});
    } catch (const std::logic_error& error) {
      return error.what();
    }
  });
  CHECK(seen ==
        "otp: a blocking call into another runtime would stop this one's thread: use a "
        "completion token");
}

// ---- the end of a caller

namespace {

struct ended {
  std::string reason;
  bool orderly;
  bool reported;
};

/// The end of a process whose call is cut off because the server stops with `why`.
ended end_of_caller(const otp::exit_reason& why) {
  otp::testing::simulation world{1, {.console = {}}};
  ended seen{};
  world.runtime().log().add_handler("test", [&](const otp::log_event&) { seen.reported = true; });
  const auto ref = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
  otp::spawn([&] {
    otp::spawn_monitor([ref, why] {
      otp::call(otp::name<scripted>{"db"},
                ask{[why]() -> scripted::answer { return otp::stop(why); }});
    });
    const auto reason = otp::receive([](const otp::down& d) { return d.reason; });
    seen.reason = reason.to_string();
    seen.orderly = reason.is_orderly();
  });
  world.run_until_idle();
  return seen;
}

}  // namespace

TEST_CASE("a caller that is cut off by a shutdown has not crashed, as in OTP", "[call][G-031]") {
  const auto cut_off = end_of_caller(otp::reason::shutdown);
  CHECK(cut_off.reason == "shutdown in call otp_test::scripted::ask to \"db\"");
  CHECK(cut_off.orderly);
  CHECK_FALSE(cut_off.reported);
}

TEST_CASE("a caller whose server stops with normal ends with another reason than normal",
          "[call][G-033]") {
  const auto cut_off = end_of_caller(otp::reason::normal);
  CHECK(cut_off.reason == "normal in call otp_test::scripted::ask to \"db\"");
  CHECK_FALSE(cut_off.orderly);
}

// ---- messages and replies

namespace {

class postman : public otp::gen_server<postman> {
 public:
  struct swap {
    using reply = std::unique_ptr<int>;
    std::unique_ptr<int> parcel;
  };
  struct wait_for {
    using reply = void;
    int milliseconds;
  };
  struct wait_for_another {
    using reply = void;
  };
  std::unique_ptr<int> handle_call(swap message) {
    return std::exchange(kept_, std::move(message.parcel));
  }
  void handle_call(wait_for message) {
    otp::sleep(std::chrono::milliseconds{message.milliseconds});
  }
  void handle_call(wait_for_another, otp::from<void> from) { from.reply(); }

 private:
  std::unique_ptr<int> kept_ = std::make_unique<int>(1);
};

}  // namespace

TEST_CASE("messages and replies may be move-only", "[call][G-017]") {
  const auto seen = always([] {
    const auto ref = otp::start<postman>();
    const auto first = otp::call(ref, postman::swap{std::make_unique<int>(2)});
    const auto second = otp::call(ref, postman::swap{std::make_unique<int>(3)});
    return fmt::format("{} {}", *first, *second);
  });
  CHECK(seen == "1 2");
}

TEST_CASE("a reply may say nothing", "[call][G-017]") {
  const auto seen = always([] {
    const auto ref = otp::start<postman>();
    otp::call(ref, postman::wait_for{1});
    otp::call(ref, postman::wait_for_another{});
    const bool fine = otp::try_call(ref, postman::wait_for{0}).has_value();
    otp::stop(ref);
    return fine && !otp::try_call(ref, postman::wait_for{0}).has_value();
  });
  CHECK(seen == "true");
}

TEST_CASE("stop ends every kind of server with the reason that it is given", "[L-006]") {
  CHECK(always([] {
          using number = otp::agent<int>;
          using phone_book = otp::registry<std::string, int>;
          const std::vector<otp::pid> all{
              otp::start<scripted>().pid(),
              otp::start<machine>(machine::options{}).pid(),
              otp::start<number>([] { return 1; }).pid(),
              otp::start<phone_book>({.name = "book"}, otp::registry_keys::unique).pid(),
              otp::start(otp::supervisor_spec{}).pid(),
              otp::start(otp::dynamic_supervisor_spec{}).pid(),
              otp::start(otp::task_supervisor_spec{}).pid(),
          };
          std::string ends;
          for (const auto& each : all) {
            ends += end_of(each, [&] { otp::stop(each, otp::reason::shutdown("enough"), 5s); });
            ends += exit_of([&] { otp::stop(each); }).starts_with("noproc") ? ", " : "! ";
          }
          return ends;
        }) ==
        "shutdown(enough), shutdown(enough), shutdown(enough), shutdown(enough), "
        "shutdown(enough), shutdown(enough), shutdown(enough), ");
}
