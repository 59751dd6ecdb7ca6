// How servers end: their own decision, failures, exit signals, parents, otp::stop.
// One file, though long: the ways to end differ in little, and stand beside each other for that.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/process_info.hpp>
#include <otp/gen_server.hpp>
#include <otp/logger.hpp>

#include <chrono>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using namespace otp_test;
using otp::this_process::self;

namespace {

/// What happens to a server when `cause` is given to it: its journal, and its exit reason.
template <class Cause>
std::string life_of(bool trap, Cause cause) {
  return always([trap, cause] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log, .trap = trap});
    const auto end = end_of(ref.pid(), [&] { cause(ref); });
    return log.text() + "; " + end;
  });
}

template <class Handler>
auto told_to(Handler handler) {
  return [handler](const server& ref) { otp::cast(ref, order{handler}); };
}

/// What stop throws, or "stopped".
template <class... More>
std::string stopping(const server& ref, More... more) {
  try {
    otp::stop(ref, more...);
    return "stopped";
  } catch (const otp::exit_error& error) {
    return "failed: " + root_of(error.reason());
  }
}

/// Starts a server linked to a process of its own, its parent, which waits; returns both.
std::pair<server, otp::pid> with_parent(const plan& how) {
  const auto boss = self();
  const auto parent = otp::spawn([boss, how] {
    const auto ref = otp::start_link<scripted>(how);
    otp::send(boss, hello{ref.pid()});
    await_go();
  });
  return {server{await_hello()}, parent};
}

}  // namespace

// ---- its own decision

TEST_CASE("a server that stops itself runs terminate once and exits with that reason",
          "[gen_server][G-059]") {
  CHECK(life_of(false, told_to([] { return otp::stop("done"); })) == "terminate done; done");
  CHECK(life_of(false, [](const server& ref) {
          otp::send(ref.pid(), poke{[] { return otp::noreply{}.and_stop("done"); }});
        }) == "terminate done; done");
}

TEST_CASE("an exception that leaves a handler runs terminate and is the exit reason",
          "[gen_server][G-060][G-062]") {
  CHECK(life_of(false, told_to([] { throw std::runtime_error{"boom"}; })) ==
        "terminate std::runtime_error: boom; std::runtime_error: boom");
}

TEST_CASE("otp::exit in a handler runs terminate, whatever the reason", "[gen_server][G-061]") {
  CHECK(life_of(false, told_to([] { otp::exit("enough"); })) == "terminate enough; enough");
  CHECK(life_of(false, told_to([] { otp::exit(otp::reason::normal); })) ==
        "terminate normal; normal");
}

TEST_CASE("a failure in terminate replaces the exit reason", "[gen_server][G-063]") {
  const auto seen = always([] {
    const auto failing = [](const otp::exit_reason&) { throw std::runtime_error{"boom"}; };
    const auto leaving = [](const otp::exit_reason&) { otp::exit("other"); };
    std::string ends;
    for (const std::function<void(const otp::exit_reason&)>& terminate :
         {std::function<void(const otp::exit_reason&)>{failing},
          std::function<void(const otp::exit_reason&)>{leaving}}) {
      const auto ref = otp::start<scripted>(plan{.terminate = terminate});
      ends += end_of(ref.pid(), [&] { otp::cast(ref, order{[] { return otp::stop("done"); }}); });
      ends += ", ";
      const auto other = otp::start<scripted>(plan{.terminate = terminate});
      ends += end_of(other.pid(), [&] { otp::cast(other, order{[] { otp::exit("done"); }}); });
      ends += ", ";
    }
    return ends;
  });
  CHECK(seen == "std::runtime_error: boom, std::runtime_error: boom, other, other, ");
}

// ---- exit signals

TEST_CASE("the signal kill does not run terminate", "[gen_server][G-065]") {
  const auto kill = [](const server& ref) { otp::exit(ref.pid(), otp::reason::kill); };
  CHECK(life_of(false, kill) == "; killed");
  CHECK(life_of(true, kill) == "; killed");
}

TEST_CASE("an exit signal ends a server before messages that it has taken are handled", "[P-046]") {
  CHECK(simulated([] {
          int handled = 0;
          const auto ref = otp::start<scripted>();
          for (int i = 0; i < 100; ++i) otp::cast(ref, order{[&handled] { ++handled; }});
          while (handled < 10) otp::sleep(0ms);
          int before = 0;
          const auto reason = end_of(ref.pid(), [&] {
            before = handled;
            otp::exit(ref.pid(), "enough"s);
          });
          return fmt::format("{} {}", reason, handled - before);
        }) == "enough 0");
}

TEST_CASE("an exit signal ends a server that does not trap exits without terminate",
          "[gen_server][G-066]") {
  CHECK(life_of(false, [](const server& ref) { otp::exit(ref.pid(), otp::reason::shutdown); }) ==
        "; shutdown");
}

TEST_CASE("an exit signal of a stranger is a message to a server that traps exits",
          "[gen_server][G-067]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log, .trap = true});
    otp::exit(ref.pid(), "boom");
    otp::exit(ref.pid(), otp::reason::shutdown);
    return otp::call(ref, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "exited boom, exited shutdown");
}

TEST_CASE("the end of a linked process that is not the parent is a message when trapping",
          "[gen_server][G-067][G-085]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log, .trap = true});
    const auto friend_of_it = otp::spawn([] {
      await_go();
      otp::exit(otp::reason::normal);
    });
    otp::call(ref, ask{[friend_of_it] {
                otp::link(friend_of_it);
                return scripted::answer{""s};
              }});
    end_of(friend_of_it, [&] { let_go(friend_of_it); });
    return otp::call(ref, ask{[log] { return log.text() + ", lives"; }});
  });
  CHECK(seen == "exited normal, lives");
}

// ---- parents

TEST_CASE("the exit of the parent ends a server that traps exits, with terminate",
          "[gen_server][G-068]") {
  const auto seen = always([] {
    const journal log;
    const auto [ref, parent] = with_parent(plan{.log = log, .trap = true});
    const auto end = end_of(ref.pid(), [&] { otp::exit(parent, "boom"); });
    return log.text() + "; " + end;
  });
  CHECK(seen == "terminate boom; boom");
}

TEST_CASE("an exit signal that the parent sends runs terminate, too", "[gen_server][G-068]") {
  const auto seen = always([] {
    const journal log;
    otp::this_process::trap_exit(true);
    const auto ref = otp::start_link<scripted>(plan{.log = log, .trap = true});
    otp::exit(ref.pid(), otp::reason::shutdown);
    const auto heard = hear();
    return heard + "; " + log.text();
  });
  CHECK(seen == "exited shutdown; terminate shutdown");
}

TEST_CASE("a server that was started without a link is its own parent", "[gen_server][G-068]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log, .trap = true});
    const auto end = end_of(ref.pid(), [&] {
      otp::send(ref.pid(), poke{[] { otp::exit(otp::this_process::self(), "enough"); }});
    });
    return log.text() + "; " + end;
  });
  CHECK(seen == "terminate enough; enough");
}

TEST_CASE("a server that traps exits ends with its parent even if that exits normally",
          "[gen_server][G-069]") {
  const auto seen = always([] {
    const journal log;
    const auto [ref, parent] = with_parent(plan{.log = log, .trap = true});
    const auto end = end_of(ref.pid(), [&, p = parent] { let_go(p); });
    return log.text() + "; " + end;
  });
  CHECK(seen == "terminate normal; normal");
}

TEST_CASE("a server that does not trap exits outlives a parent that exits normally",
          "[gen_server][G-070]") {
  const auto seen = always([] {
    const auto [ref, parent] = with_parent(plan{});
    end_of(parent, [&, p = parent] { let_go(p); });
    return otp::call(ref, ask{say("lives")});
  });
  CHECK(seen == "lives");
}

TEST_CASE("what was sent before the parent's shutdown is handled before terminate",
          "[gen_server][G-071]") {
  const auto seen = always([] {
    const journal log;
    otp::this_process::trap_exit(true);
    const auto ref = otp::start_link<scripted>(plan{.log = log, .trap = true});
    for (const char* text : {"1", "2", "3"}) otp::cast(ref, order{[=] { log.note(text); }});
    otp::exit(ref.pid(), otp::reason::shutdown);
    hear();
    return log.text();
  });
  CHECK(seen == "1, 2, 3, terminate shutdown");
}

// ---- otp::stop

TEST_CASE("stop returns when the server is gone, and terminate has run", "[gen_server][G-072]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(otp::start_options{.name = "db"}, plan{.log = log});
    otp::stop(ref);
    if (otp::is_alive(ref.pid())) log.note("alive");
    if (otp::whereis("db")) log.note("registered");
    return log.text();
  });
  CHECK(seen == "terminate normal");
}

TEST_CASE("stop accepts a name and a pid, and works on a plain thread", "[gen_server][G-072]") {
  otp::runtime world{quiet};
  const auto scope = world.enter();
  const auto ref = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
  otp::stop(otp::name<scripted>{"db"});
  CHECK_FALSE(otp::is_alive(ref.pid()));
  const auto other = otp::start<scripted>();
  otp::stop(other.pid());
  CHECK_FALSE(otp::is_alive(other.pid()));
}

namespace {

struct destroyed_last : otp::gen_server<destroyed_last> {
  explicit destroyed_last(journal l) : log{std::move(l)} {}
  destroyed_last(const destroyed_last&) = delete;
  destroyed_last& operator=(const destroyed_last&) = delete;
  ~destroyed_last() { log.note("destroyed"); }
  void terminate(const otp::exit_reason&) { log.note("terminate"); }

  journal log;
};

}  // namespace

TEST_CASE("the state is destroyed after terminate and before anyone sees the end",
          "[gen_server][G-072]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<destroyed_last>(log);
    otp::stop(ref);
    log.note("stopped");
    const auto other = otp::start<destroyed_last>(log);
    end_of(other.pid(), [&] { otp::exit(other.pid(), otp::reason::kill); });
    log.note("killed");
    return log.text();
  });
  CHECK(seen == "terminate, destroyed, stopped, destroyed, killed");
}

TEST_CASE("stop with a reason succeeds when the server ends with it", "[gen_server][G-073]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log});
    std::string outcome;
    const auto end = end_of(ref.pid(), [&] { outcome = stopping(ref, "upgrade"); });
    return outcome + ", " + log.text() + ", " + end;
  });
  CHECK(seen == "stopped, terminate upgrade, upgrade");
}

TEST_CASE("a stop that comes too late fails, even if the server ends with that reason",
          "[gen_server][G-074]") {
  const auto seen = always([] {
    const auto boss = otp::this_process::self();
    const auto ref = otp::start<scripted>();
    otp::send(ref.pid(), poke{[=] {
                tell(boss, "busy");
                await_go();
                return otp::stop("enough");
              }});
    hear();
    const auto stopper = otp::spawn([=] {
      tell(boss, exit_of([=] { otp::stop(ref, "enough"); }));
    });
    while (otp::process_info(ref.pid())->message_queue_len == 0) otp::sleep(1ms);
    let_go(ref.pid());
    await_end(stopper);
    return hear();
  });
  CHECK(seen.starts_with("enough"));
}

TEST_CASE("stop fails with the reason that the server really ends with", "[gen_server][G-074]") {
  const auto seen = always([] {
    const auto other = [](const otp::exit_reason&) { otp::exit("other"); };
    return stopping(otp::start<scripted>(plan{.terminate = other}));
  });
  CHECK(seen == "failed: other");
}

TEST_CASE("stopping nobody fails with noproc", "[gen_server][G-075]") {
  const auto seen = always([]() -> std::string {
    const auto ref = otp::start<scripted>();
    otp::stop(ref);
    try {
      otp::stop(otp::name<scripted>{"nobody"});
    } catch (const otp::exit_error& error) {
      return stopping(ref) + ", " + error.what();
    }
    return "stopped";
  });
  CHECK(seen == "failed: noproc, noproc in call stop to \"nobody\"");
}

TEST_CASE("a stop that times out takes effect later", "[gen_server][G-076]") {
  const auto seen = always([] {
    const auto ref = otp::start<scripted>();
    occupy(ref);
    const auto outcome = stopping(ref, "upgrade", 1ms);
    return outcome + ", " + end_of(ref.pid(), [&] { let_go(ref.pid()); });
  });
  CHECK(seen == "failed: timeout, upgrade");
}

TEST_CASE("what was requested before a stop is handled first", "[gen_server][G-077]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<scripted>(plan{.log = log});
    for (const char* text : {"1", "2"}) otp::cast(ref, order{[=] { log.note(text); }});
    otp::stop(ref);
    return log.text();
  });
  CHECK(seen == "1, 2, terminate normal");
}

TEST_CASE("of two stops the first one decides, and the second hears its reason",
          "[gen_server][G-081]") {
  const auto seen = simulated([] {
    const journal log;
    const journal outcomes[2];
    const auto ref = otp::start<scripted>(plan{.log = log});
    occupy(ref);
    for (const int i : {0, 1}) {
      meanwhile([=, outcome = outcomes[i]] { outcome.note(stopping(ref, i)); });
      until_all_wait();
    }
    let_go(ref.pid());
    await_go();
    await_go();
    return log.text() + ", " + outcomes[0].text() + ", " + outcomes[1].text();
  });
  CHECK(seen == "terminate 0, stopped, failed: 0");
}

TEST_CASE("a server that hangs in terminate can be killed, and its stopper hears it",
          "[gen_server][G-084]") {
  const auto seen = always([] {
    const journal log;
    const auto boss = self();
    const auto hang = [boss](const otp::exit_reason&) { stay_busy_for(boss); };
    const auto ref = otp::start<scripted>(plan{.log = log, .terminate = hang});
    meanwhile([=] { log.note(stopping(ref)); });
    await_hello();
    const auto end = end_of(ref.pid(), [&] { otp::exit(ref.pid(), otp::reason::kill); });
    await_go();
    return log.text() + ", " + end;
  });
  CHECK(seen == "terminate normal, failed: killed, killed");
}

TEST_CASE("terminate is ordinary code: it may call, and the server is still there for others",
          "[gen_server][G-086]") {
  const auto seen = always([] {
    const journal log;
    const auto other = otp::start<scripted>();
    const auto see =
        ask{[] { return scripted::answer{otp::whereis("db") ? "registered"s : "gone"s}; }};
    const auto look = [=](const otp::exit_reason&) { log.note(otp::call(other, see)); };
    const auto ref =
        otp::start<scripted>(otp::start_options{.name = "db"}, plan{.log = log, .terminate = look});
    otp::stop(ref);
    return log.text();
  });
  CHECK(seen == "terminate normal, registered");
}

TEST_CASE("what a server has not read when it ends is lost for its successor",
          "[gen_server][G-087]") {
  const auto seen = always([] {
    const journal log;
    const auto first = otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
    occupy(first);
    const otp::name<scripted> db{"db"};
    otp::cast(db, order{[log] { log.note("old"); }});
    end_of(first.pid(), [&] { otp::exit(first.pid(), otp::reason::kill); });
    otp::start<scripted>(otp::start_options{.name = "db"}, plan{});
    otp::cast(db, order{[log] { log.note("new"); }});
    return otp::call(db, ask{[log] { return log.text(); }});
  });
  CHECK(seen == "new");
}

// ---- reports

namespace {

/// Whether the log tells of the end of a server that was asked to stop with `why`.
bool is_reported(const otp::exit_reason& why) {
  bool reported = false;
  otp::testing::simulation world{1, {.console = {}}};
  world.runtime().log().add_handler("test", [&](const otp::log_event&) { reported = true; });
  otp::stop(otp::start<scripted>(), why);
  return reported;
}

}  // namespace

TEST_CASE("the end of a server is reported unless it is normal or a shutdown",
          "[gen_server][G-078][L-004]") {
  CHECK_FALSE(is_reported(otp::reason::normal));
  CHECK_FALSE(is_reported(otp::reason::shutdown));
  CHECK_FALSE(is_reported(otp::reason::shutdown("upgrade")));
  CHECK(is_reported("boom"));
  CHECK(is_reported(otp::reason::timeout));
}

namespace {

struct describes_itself : otp::gen_server<describes_itself> {
  struct fail {};
  void handle_cast(fail) { throw std::runtime_error{"boom"}; }
  static std::string format_status() { return "three items"; }
};

}  // namespace

TEST_CASE("a crash report tells the reason, the last message and the state",
          "[gen_server][G-078][G-080]") {
  otp::crash_report report;
  otp::testing::simulation world{1, {.console = {}}};
  world.runtime().log().add_handler("test", [&](const otp::log_event& event) {
    if (const auto* const crash = std::get_if<otp::crash_report>(&event.report)) report = *crash;
  });
  const auto ref = otp::start<describes_itself>(otp::start_options{.name = "shop"});
  otp::cast(ref, describes_itself::fail{});
  world.run_until_idle();
  CHECK(report.process == ref.pid());
  CHECK(report.name == "shop");
  CHECK(report.reason.to_string() == "std::runtime_error: boom");
  CHECK(report.last_message.ends_with("describes_itself::fail"));
  CHECK(report.state == "three items");
}

TEST_CASE("a server that is ended by an exit signal has not crashed", "[gen_server][G-078]") {
  bool reported = false;
  otp::testing::simulation world{1, {.console = {}}};
  world.runtime().log().add_handler("test", [&](const otp::log_event&) { reported = true; });
  const auto ref = otp::start<scripted>();
  otp::exit(ref.pid(), "boom");
  world.run_until_idle();
  CHECK_FALSE(otp::is_alive(ref.pid()));
  CHECK_FALSE(reported);
}
