// Starting servers: init, its failures, names, timeouts, and the starter's own end.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/gen_server.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>

using namespace otp_test;
using namespace std::chrono_literals;

namespace {

std::string described(const otp::start_result<scripted>& outcome) {
  if (outcome) return "started";
  return outcome.error().ignored ? "ignored" : "not started: " + outcome.error().reason.to_string();
}

/// In a process of its own: waits for a hello, watches who said it, and notes how it ended.
otp::pid watch_next(const journal& log) {
  const auto boss = otp::this_process::self();
  return otp::spawn([log, boss] {
    const auto who = await_hello();
    const auto ref = otp::monitor(who);
    let_go(who);
    otp::receive([&](otp::down d) {
      if (d.ref == ref) log.note("down " + d.reason.to_string());
    });
    let_go(boss);
  });
}

}  // namespace

TEST_CASE("start_link returns when init has finished, and the server is linked",
          "[gen_server][G-001]") {
  const auto seen = always([] {
    const journal log;
    otp::this_process::trap_exit(true);
    const auto ref = otp::start_link<scripted>(
        plan{.log = log, .init = [log] { otp::sleep(1ms), log.note("init"); }});
    log.note("started");
    otp::exit(ref.pid(), "boom");
    otp::receive([&](otp::exited e) { log.note("exited " + e.reason.to_string()); });
    return log.text();
  });
  CHECK(seen == "init, started, exited boom");
}

TEST_CASE("start returns when init has finished, and the server is not linked",
          "[gen_server][G-002]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log, .init = [log] { log.note("init"); }});
    log.note("started");
    const auto end = end_of(ref.pid(), [&] { otp::exit(ref.pid(), "boom"); });
    return log.text() + ", " + end;
  });
  CHECK(seen == "init, started, boom");
}

TEST_CASE("a start whose init stops fails with that reason, and terminate is not called",
          "[gen_server][G-003]") {
  const auto seen = always([] {
    const journal log;
    const auto watcher = watch_next(log);
    const auto failing = [&] {
      stay_busy_for(watcher);
      return otp::stop("no disk");
    };
    const auto outcome = otp::try_start<scripted>(plan{.log = log, .init = failing});
    await_go();
    return described(outcome) + ", " + log.text();
  });
  CHECK(seen == "not started: no disk, down no disk");
}

TEST_CASE("a start_link whose init stops also tells a trapping caller by the link",
          "[gen_server][G-004]") {
  const auto seen = always([] {
    const journal log;
    otp::this_process::trap_exit(true);
    log.note(described(
        otp::try_start_link<scripted>(plan{.init = [] { return otp::stop("no disk"); }})));
    otp::receive([&](otp::exited e) { log.note("exited " + e.reason.to_string()); });
    return log.text();
  });
  CHECK(seen == "not started: no disk, exited no disk");
}

TEST_CASE("a start_link whose init stops ends a caller that does not trap exits",
          "[gen_server][G-005]") {
  const auto seen = always([] {
    return end_of_body([] {
      (void)otp::try_start_link<scripted>(plan{.init = [] { return otp::stop("no disk"); }});
      await_go();
    });
  });
  CHECK(seen == "no disk");
}

TEST_CASE("an init that stops with normal or shutdown is a failure with that reason",
          "[gen_server][G-006]") {
  const auto seen = always([] {
    const journal log;
    log.note(described(
        otp::try_start<scripted>(plan{.init = [] { return otp::stop(otp::reason::normal); }})));
    log.note(described(
        otp::try_start<scripted>(plan{.init = [] { return otp::stop(otp::reason::shutdown); }})));
    return log.text();
  });
  CHECK(seen == "not started: normal, not started: shutdown");
}

TEST_CASE("an exception in init is the reason why start fails", "[gen_server][G-007]") {
  const auto seen = always([] {
    return described(otp::try_start<scripted>(
        plan{.init = []() -> otp::noreply { throw std::runtime_error{"no disk"}; }}));
  });
  CHECK(seen == "not started: std::runtime_error: no disk");
}

TEST_CASE("otp::exit in init is the reason why start fails", "[gen_server][G-008]") {
  const auto seen = always([] {
    return described(otp::try_start<scripted>(plan{.init = [] { otp::exit("no disk"); }}));
  });
  CHECK(seen == "not started: no disk");
}

TEST_CASE("otp::ignore in init starts nothing, and the link only says normal",
          "[gen_server][G-009]") {
  const auto seen = always([] {
    const journal log;
    otp::this_process::trap_exit(true);
    log.note(described(otp::try_start_link<scripted>(plan{.init = [] { otp::ignore(); }})));
    otp::receive([&](otp::exited e) { log.note("exited " + e.reason.to_string()); });
    return log.text();
  });
  CHECK(seen == "ignored, exited normal");
}

namespace {

struct refuses_in_constructor : otp::gen_server<refuses_in_constructor> {
  explicit refuses_in_constructor(int how) {
    if (how == 0) otp::ignore();
    if (how == 1) otp::exit("refused");
    throw std::invalid_argument{"how"};
  }
};

}  // namespace

TEST_CASE("a constructor may refuse like init", "[gen_server][G-003][G-007][G-009]") {
  const auto seen = always([] {
    const journal log;
    for (const int how : {0, 1, 2}) {
      const auto outcome = otp::try_start<refuses_in_constructor>(how);
      log.note(outcome.error().ignored ? "ignored" : outcome.error().reason.to_string());
    }
    return log.text();
  });
  CHECK(seen == "ignored, refused, std::invalid_argument: how");
}

TEST_CASE("the name is free again when a start has failed", "[gen_server][G-010]") {
  const auto seen = always([] {
    const journal log;
    for (int i = 0; i < 3; ++i) {
      const auto outcome =
          otp::try_start<scripted>(otp::start_options{.name = "db"}, plan{.init = [i] {
                                     if (i == 0) otp::ignore();
                                     if (i == 1) otp::exit("no disk");
                                     return otp::stop("no disk");
                                   }});
      log.note(outcome ? "started" : otp::whereis("db") ? "taken" : "free");
    }
    return log.text();
  });
  CHECK(seen == "free, free, free");
}

TEST_CASE("an init that takes longer than the timeout is killed, even if it traps exits",
          "[gen_server][G-012]") {
  const auto seen = always([] {
    const journal log;
    const auto watcher = watch_next(log);
    const auto slow = [&] {
      stay_busy_for(watcher);
      await_go();  // for ever
    };
    const auto outcome =
        otp::try_start<scripted>(otp::start_options{.name = "slow", .timeout = 5ms},
                                 plan{.log = log, .trap = true, .init = slow});
    const bool is_free = !otp::whereis("slow");
    await_go();
    return described(outcome) + ", " + (is_free ? "free, " : "taken, ") + log.text();
  });
  CHECK(seen == "not started: timeout, free, down killed");
}

TEST_CASE("a start that timed out does not hurt a linked caller", "[gen_server][G-012]") {
  const auto seen = always([] {
    const auto outcome = otp::try_start_link<scripted>(otp::start_options{.timeout = 5ms},
                                                       plan{.init = [] { await_go(); }});
    otp::sleep(1ms);
    return described(outcome);
  });
  CHECK(seen == "not started: timeout");
}

TEST_CASE("a second start with a name fails with the holder, and its init does not run",
          "[gen_server][G-013]") {
  const auto seen = always([] {
    const journal log;
    const auto first = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
    const auto second = otp::try_start<scripted>(otp::start_options{.name = "db"},
                                                 plan{.init = [log] { log.note("init"); }});
    const auto* const taken = second.error().reason.get<otp::already_started>();
    if (taken != nullptr && taken->holder == first.pid()) log.note("already started");
    return log.text();
  });
  CHECK(seen == "already started");
}

TEST_CASE("a start_link with a name that is taken makes no process, so the link says nothing",
          "[gen_server][G-014]") {
  const auto seen = always([] {
    const journal log;
    otp::this_process::trap_exit(true);
    otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
    const auto second = otp::try_start_link<scripted>(otp::start_options{.name = "db"}, plan{});
    log.note(second ? "started" : "not started");
    otp::receive([&](otp::exited) { log.note("exited"); },
                 otp::after(5ms, [&] { log.note("nothing"); }));
    return log.text();
  });
  CHECK(seen == "not started, nothing");
}

TEST_CASE("init finds the server's own name registered", "[gen_server][G-015]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(otp::start_options{.name = "db"}, plan{.init = [log] {
                                            if (otp::whereis("db") == otp::this_process::self())
                                              log.note("mine");
                                          }});
    if (otp::whereis("db") == ref.pid()) log.note("its");
    return log.text();
  });
  CHECK(seen == "mine, its");
}

TEST_CASE("messages that come during init are handled after it, in order", "[gen_server][G-016]") {
  const auto seen = always([] {
    const journal log;
    const auto noted = [log](const char* text) { return [log, text] { log.note(text); }; };
    const auto boss = otp::this_process::self();
    const auto friend_of_it = otp::spawn([noted, boss] {
      await_go();
      otp::cast(otp::name<scripted>{"db"}, order{noted("theirs")});
      let_go(otp::whereis("db"));
      let_go(boss);
    });
    const auto ref =
        otp::start<scripted>(otp::start_options{.name = "db"}, plan{.init = [=] {
                               otp::send(otp::this_process::self(), poke{noted("own")});
                               let_go(friend_of_it);
                               await_go();  // selective: the other messages stay
                               log.note("init");
                             }});
    await_go();
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "init, own, theirs");
}

TEST_CASE("a starter that dies while its trapping server is in init is a parent that has exited",
          "[gen_server][G-083]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = otp::this_process::self();
    const auto starter = otp::spawn([=] {
      otp::start_link<scripted>(plan{.log = log, .trap = true, .init = [=] {
                                       stay_busy_for(boss);
                                       log.note("init done");
                                     }});
    });
    const auto ref = await_hello();
    end_of(starter, [&] { otp::exit(starter, "starter died"); });
    const auto end = end_of(ref, [&] { let_go(ref); });
    return log.text() + ", " + end;
  });
  CHECK(seen == "init done, terminate starter died, starter died");
}

TEST_CASE("whenever its starter dies, a server is either not made or whole", "[gen_server][G-010]") {
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto seen = simulated(seed, [] {
      await_end(otp::spawn([] {
        otp::spawn_link([] { otp::exit("oops"); });
        otp::start<scripted>({.name = "made"});
      }));
      if (!otp::whereis("made")) return "not made"s;
      const otp::name<scripted> made{"made"};
      return otp::call(made, ask{[] { return "whole"s; }}, 1s);
    });
    CAPTURE(seed);
    CHECK((seen == "not made" || seen == "whole"));
  }
}

TEST_CASE("start throws the reason why a server does not start", "[gen_server][G-003]") {
  const auto seen = always([]() -> std::string {
    try {
      otp::start<scripted>(plan{.init = [] { otp::exit("no disk"); }});
    } catch (const otp::start_error& error) {
      return std::string{error.what()} + (error.ignored() ? " ignored" : "");
    }
    return "started";
  });
  CHECK(seen == "the process failed to start: no disk");
}

TEST_CASE("start_link needs a process", "[gen_server][G-001]") {
  otp::runtime world{{.threads = 1}};
  const auto scope = world.enter();
  CHECK_THROWS_AS(otp::start_link<scripted>(), otp::not_a_process);
}

TEST_CASE("start needs a runtime", "[gen_server][G-002]") {
  CHECK_THROWS_AS(otp::start<scripted>(), otp::not_a_process);
}

TEST_CASE("a plain thread starts servers and waits for their init", "[gen_server][G-002]") {
  otp::runtime world{{.threads = 2}};
  const journal log;
  const auto ref =
      world.start<scripted>(plan{.init = [log] { otp::sleep(1ms), log.note("init"); }});
  log.note("started");
  CHECK(log.text() == "init, started");
  CHECK(otp::call(ref, ask{say("here")}) == "here");
  const auto refused = world.try_start<scripted>(plan{.init = [] { otp::exit("no disk"); }});
  CHECK(described(refused) == "not started: no disk");
  const auto slow = world.try_start<scripted>(otp::start_options{.name = "slow", .timeout = 5ms},
                                              plan{.init = [] { await_go(); }});
  CHECK(described(slow) == "not started: timeout");
  CHECK_FALSE(world.whereis("slow"));
}

namespace {

class keeper : public otp::gen_server<keeper> {
 public:
  struct get {
    using reply = int;
  };
  explicit keeper(std::unique_ptr<int> value) : value_{std::move(value)} {}
  int handle_call(get) { return *value_; }

 private:
  std::unique_ptr<int> value_;
};

}  // namespace

TEST_CASE("constructor arguments may be move-only", "[gen_server][G-001]") {
  const auto seen = always([] {
    const auto ref = otp::start<keeper>(std::make_unique<int>(7));
    return std::to_string(otp::call(ref, keeper::get{}));
  });
  CHECK(seen == "7");
}

TEST_CASE("start options are written in braces", "[gen_server][G-015]") {
  otp::runtime world{quiet};
  const auto ref = world.start<keeper>({.name = "first"}, std::make_unique<int>(7));
  CHECK(otp::call(ref, keeper::get{}) == 7);
  CHECK(world.try_start<scripted>({.name = "second"}).has_value());
  const auto scope = world.enter();
  const auto third = otp::start<keeper>({.name = "third"}, std::make_unique<int>(8));
  CHECK(third.pid() == otp::whereis("third"));
  CHECK_FALSE(otp::try_start<scripted>({.name = "third"}).has_value());
}
