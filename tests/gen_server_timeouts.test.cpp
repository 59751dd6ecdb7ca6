// What a handler asks the server to do next: continue with something, or notice that nothing comes.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/gen_server.hpp>
#include <otp/sys.hpp>
#include <otp/timer.hpp>

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <utility>

using namespace otp_test;
using otp::this_process::self;

namespace {

/// A continuation that notes `text`.
go_on noting(const journal& log, std::string text) {
  return go_on{[log, text = std::move(text)] { log.note(text); }};
}

/// A cast whose handler asks for an inactivity timeout.
order idle_after(std::chrono::nanoseconds time) {
  return order{[time] { return otp::noreply{}.and_timeout(time); }};
}

}  // namespace

// ---- handle_continue

TEST_CASE("what init continues with comes before messages that wait already",
          "[gen_server][G-046]") {
  const auto seen = always([] {
    const journal log;
    const auto begin = [log] {
      otp::send(self(), poke{[log] { log.note("message"); }});
      return otp::noreply{}.and_continue(noting(log, "continued"));
    };
    const auto ref = otp::start<scripted>(plan{.log = log, .init = begin});
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "continued, message");
}

TEST_CASE("start does not wait for what init continues with", "[gen_server][G-047]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = self();
    const auto slowly = go_on{[=] {
      stay_busy_for(boss);
      log.note("continued");
    }};
    const auto ref = otp::start<scripted>(
        plan{.init = [slowly] { return otp::noreply{}.and_continue(slowly); }});
    log.note("started");
    let_go(await_hello());
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "started, continued");
}

TEST_CASE("a caller is answered before the handler's continuation runs", "[gen_server][G-048]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto slowly = go_on{[log] {
      await_go();
      log.note("continued");
    }};
    log.note(otp::call(
        ref, ask{[slowly] { return scripted::answer{"answered"s}.and_continue(slowly); }}));
    let_go(ref.pid());
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "answered, continued");
}

TEST_CASE("continuations chain before the next message", "[gen_server][G-049]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    const auto third = noting(log, "third");
    const auto second = go_on{[=] {
      log.note("second");
      return otp::noreply{}.and_continue(third);
    }};
    otp::cast(ref, order{[=] {
                otp::send(self(), poke{[log] { log.note("message"); }});
                log.note("first");
                return otp::noreply{}.and_continue(second);
              }});
    // A call may come before the message.
    otp::call(ref, ask{say("")});
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "first, second, third, message");
}

TEST_CASE("infos may continue, too", "[gen_server][G-049]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>();
    otp::send(ref.pid(),
              poke{[log] { return otp::noreply{}.and_continue(noting(log, "continued")); }});
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "continued");
}

TEST_CASE("a continuation of init that fails is no failure of start", "[gen_server][G-050]") {
  const auto seen = always([] {
    const journal log;
    otp::this_process::trap_exit(true);
    const auto failing = go_on{[]() -> otp::noreply { throw std::runtime_error{"boom"}; }};
    const auto stopping = go_on{[] { return otp::stop("enough"); }};
    for (const auto& next : {failing, stopping}) {
      const auto outcome = otp::try_start_link<scripted>(
          plan{.init = [next] { return otp::noreply{}.and_continue(next); }});
      log.note(outcome ? "started" : "not started");
      log.note(hear());
    }
    return log.text();
  });
  CHECK(seen == "started, exited std::runtime_error: boom, started, exited enough");
}

namespace {

struct forgetful : otp::gen_server<forgetful> {
  struct begin {};
  struct unlisted {};
  otp::noreply handle_cast(begin) { return otp::noreply{}.and_continue(unlisted{}); }
};

}  // namespace

TEST_CASE("a continuation that the server does not list ends it with a word of advice",
          "[gen_server][G-043]") {
  const auto seen = always([] {
    const auto ref = otp::start<forgetful>();
    const auto end = end_of(ref.pid(), [&] { otp::cast(ref, forgetful::begin{}); });
    return end.find("has no handle_continue for") != std::string::npos &&
           end.find("list it in `using continues = otp::messages<...>;`") != std::string::npos;
  });
  CHECK(seen == "true");
}

// ---- inactivity

TEST_CASE("a continuation may ask for an inactivity timeout", "[gen_server][G-051]") {
  const auto seen = simulated([] {
    const journal log;
    const auto then = go_on{[] { return otp::noreply{}.and_timeout(2ms); }};
    const auto ref = otp::start<scripted>(
        plan{.log = log, .init = [then] { return otp::noreply{}.and_continue(then); }});
    otp::sleep(1ms);
    log.note("before");
    otp::sleep(2ms);
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "before, idle");
}

TEST_CASE("handlers and init may ask to be told once when nothing comes for a time",
          "[gen_server][G-052]") {
  const auto seen = simulated([] {
    const journal log;
    const auto start = otp::this_runtime::now();
    const auto ref = otp::start<scripted>(
        plan{.log = log,
             .init = [] { return otp::noreply{}.and_timeout(3ms); },
             .idle =
                 [=] {
                   log.note(fmt::format("after {} ms", (otp::this_runtime::now() - start) / 1ms));
                 }});
    otp::sleep(10ms);
    otp::cast(ref, idle_after(5ms));
    otp::sleep(30min);
    otp::call(ref, ask{[] { return scripted::answer{""s}.and_timeout(1s); }});
    otp::sleep(5s);
    return log.text();
  });
  CHECK(seen == "idle, after 3 ms, idle, after 15 ms, idle, after 1801010 ms");
}

TEST_CASE("an inactivity timeout happens in real time", "[gen_server][G-052]") {
  const auto seen = always([] {
    const auto boss = self();
    const auto ref = otp::start<scripted>(plan{.idle = [boss] { tell(boss, "idle"); }});
    otp::cast(ref, idle_after(1ms));
    return hear();
  });
  CHECK(seen == "idle");
}

TEST_CASE("idle_timeout may ask for the next one", "[gen_server][G-052]") {
  const auto seen = simulated([] {
    const journal log;
    const auto ref = otp::start<scripted>(
        plan{.log = log, .idle = [] { return otp::noreply{}.and_timeout(10ms); }});
    otp::cast(ref, idle_after(10ms));
    otp::sleep(35ms);
    otp::exit(ref.pid(), otp::reason::kill);  // else it would go on for the rest of the hour
    return log.text();
  });
  CHECK(seen == "idle, idle, idle");
}

TEST_CASE("any message cancels an inactivity timeout", "[gen_server][G-053]") {
  const std::pair<const char*, std::function<void(const server&)>> messages[] = {
      {"cast", [](const server& ref) { otp::cast(ref, order{[] {}}); }},
      {"call", [](const server& ref) { otp::call(ref, ask{say("")}); }},
      {"info", [](const server& ref) { otp::send(ref.pid(), poke{[] {}}); }},
      {"unknown", [](const server& ref) { tell(ref.pid(), "unknown"); }},
      {"exit signal", [](const server& ref) { otp::exit(ref.pid(), "trapped"); }},
      {"timer", [](const server& ref) { otp::send_after(1ns, ref.pid(), poke{[] {}}); }},
  };
  for (const auto& [what, give] : messages) {
    INFO(what);
    const auto seen = simulated([&send = give] {
      const journal log;
      const auto ref =
          otp::start<scripted>(plan{.trap = true, .idle = [log] { log.note("idle"); }});
      otp::cast(ref, idle_after(10ms));
      otp::sleep(5ms);
      send(ref);
      otp::sleep(1s);
      return log.text();
    });
    CHECK(seen.empty());
  }
}

TEST_CASE("a message that comes with its inactivity timeout replaces the old one",
          "[gen_server][G-053]") {
  const auto seen = simulated([] {
    const journal log;
    const auto start = otp::this_runtime::now();
    const auto ref = otp::start<scripted>(plan{.idle = [=] {
      log.note(fmt::format("after {} ms", (otp::this_runtime::now() - start) / 1ms));
    }});
    for (int i = 0; i < 3; ++i) {
      otp::cast(ref, idle_after(10ms));
      otp::sleep(9ms);
    }
    otp::sleep(1s);
    return log.text();
  });
  CHECK(seen == "after 28 ms");
}

TEST_CASE("with a message in the mailbox a timeout of zero does not happen",
          "[gen_server][G-054]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log});
    otp::call(ref, ask{[log] {
                otp::send(self(), poke{[log] { log.note("message"); }});
                return scripted::answer{""s}.and_timeout(0s);
              }});
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "message");
}

TEST_CASE("with an empty mailbox a timeout of zero happens at once", "[gen_server][G-055]") {
  const auto seen = always([] {
    const auto boss = self();
    const auto ref = otp::start<scripted>(plan{.idle = [boss] { tell(boss, "idle"); }});
    otp::cast(ref, idle_after(0s));
    return hear();
  });
  CHECK(seen == "idle");
}

TEST_CASE("a server may ask for timeouts of zero for ever and still hears its messages",
          "[gen_server][G-055]") {
  const auto seen = always([] {
    const auto ref =
        otp::start<scripted>(plan{.idle = [] { return otp::noreply{}.and_timeout(0s); }});
    otp::cast(ref, idle_after(0s));
    const auto count = std::make_shared<int>(0);
    const auto answer = otp::call(ref, ask{say("heard")});
    otp::exit(ref.pid(), otp::reason::kill);
    return answer;
  });
  CHECK(seen == "heard");
}

TEST_CASE("a hundred thousand timeouts of zero in a row need no stack", "[gen_server][G-055]") {
  const auto play = [] {
    const auto boss = self();
    const auto count = std::make_shared<int>(0);
    const auto ref = otp::start<scripted>(plan{.idle = [=]() -> otp::noreply {
      if (++*count == 100'000) {
        tell(boss, "done");
        return {};
      }
      return otp::noreply{}.and_timeout(0s);
    }});
    otp::cast(ref, idle_after(0s));
    return hear();
  };
  CHECK(threaded(play) == "done");
}

TEST_CASE("an idle_timeout that somebody sends is not the real one", "[gen_server][G-056]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log});
    otp::send(ref.pid(), otp::idle_timeout{});
    return otp::call(ref, ask{[log] { return log.text() + "nothing"; }});
  });
  CHECK(seen == "nothing");
}

TEST_CASE("asking for the state of a server restarts its inactivity timeout",
          "[gen_server][G-057]") {
  const auto seen = simulated([] {
    const journal log;
    const auto start = otp::this_runtime::now();
    const auto ref = otp::start<scripted>(plan{.idle = [=] {
      log.note(fmt::format("after {} ms", (otp::this_runtime::now() - start) / 1ms));
    }});
    otp::cast(ref, idle_after(10ms));
    otp::sleep(9ms);
    otp::sys::get_state(ref);
    otp::sleep(1s);
    return log.text();
  });
  CHECK(seen == "after 19 ms");
}

TEST_CASE("posted work and monitors do not count as activity", "[gen_server][G-053]") {
  const auto seen = simulated([] {
    const journal log;
    const auto start = otp::this_runtime::now();
    const auto ref = otp::start<scripted>(plan{.idle = [=] {
      log.note(fmt::format("after {} ms", (otp::this_runtime::now() - start) / 1ms));
    }});
    otp::cast(ref, idle_after(10ms));
    otp::sleep(9ms);
    otp::demonitor(otp::monitor(ref.pid()));
    otp::sleep(1s);
    return log.text();
  });
  CHECK(seen == "after 10 ms");
}

namespace {

struct deaf : otp::gen_server<deaf> {
  struct wait {};
  struct get {
    using reply = int;
  };
  otp::noreply handle_cast(wait) { return otp::noreply{}.and_timeout(1ms); }
  int handle_call(get) { return 1; }
};

}  // namespace

TEST_CASE("an inactivity timeout that the server has no handler for is nothing",
          "[gen_server][G-052]") {
  const auto seen = simulated([] {
    const auto ref = otp::start<deaf>();
    otp::cast(ref, deaf::wait{});
    otp::sleep(5ms);
    return otp::call(ref, deaf::get{});
  });
  CHECK(seen == "1");
}

TEST_CASE("a server that ends leaves no timeout behind", "[gen_server][G-052]") {
  const auto seen = simulated([] {
    const journal log;
    const auto slow = [](const otp::exit_reason&) { otp::sleep(1s); };
    const auto ref = otp::start<scripted>(plan{.log = log, .terminate = slow});
    otp::cast(ref, idle_after(10ms));
    otp::stop(ref);
    return log.text();
  });
  CHECK(seen == "terminate normal");
}

TEST_CASE("a timeout that has passed just before a message does not cancel the next one",
          "[gen_server][G-053]") {
  const auto seen = simulated([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log});
    // Both are due at the same time, and the message comes first.
    otp::send_after(5ms, ref.pid(), poke{[log] {
                      log.note("message");
                      return otp::noreply{}.and_timeout(10ms);
                    }});
    otp::cast(ref, idle_after(5ms));
    otp::sleep(1s);
    return log.text();
  });
  CHECK(seen == "message, idle");
}
