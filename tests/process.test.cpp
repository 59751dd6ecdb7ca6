// Processes: how they begin, how they end, and what exit signals do to them.
#include "support/catch.hpp"
#include "support/scenario.hpp"
#include <otp/process_executor.hpp>

#include <optional>
#include <set>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

// Tells a process when it is destroyed.
struct farewell {
  otp::pid to;
  std::string text;
  farewell(const otp::pid& whom, std::string what) : to{whom}, text{std::move(what)} {}
  farewell(farewell&& other) noexcept
      : to{std::exchange(other.to, {})}, text{std::move(other.text)} {}
  farewell(const farewell&) = delete;
  farewell& operator=(const farewell&) = delete;
  farewell& operator=(farewell&&) = delete;
  ~farewell() {
    if (to) tell(to, text);
  }
};

struct color {
  int value;
  friend bool operator==(const color&, const color&) = default;
};

void inner() { otp::exit(otp::reason::normal); }
void middle() { inner(); }
void outer() { middle(); }

otp::pid trapping_puppet() {
  const auto p = puppet();
  in(p, [] { trap_exit(true); });
  return p;
}

}  // namespace

// ---- life

TEST_CASE("a process whose body returns ends with normal", "[P-001]") {
  CHECK(always([] { return end_of_body([] {}); }) == "normal");
}

TEST_CASE("a process that calls exit ends with that very reason", "[P-002]") {
  CHECK(always([] { return end_of_body([] { otp::exit("any text"s); }); }) == "any text");
  CHECK(always([] {
          otp::spawn_monitor([] { otp::exit(color{7}); });
          return otp::receive([](otp::down d) { return d.reason == otp::exit_reason{color{7}}; });
        }) == "true");
}

TEST_CASE("an exception that leaves the body is the exit reason", "[P-003]") {
  CHECK(always([] { return end_of_body([] { throw std::runtime_error{"boom"}; }); }) ==
        "std::runtime_error: boom");
}

TEST_CASE("a thrown value that is no exception class is an exit reason too", "[P-004]") {
  CHECK(always([] { return end_of_body([] { throw 42; }); }) == "int");
}

TEST_CASE("exit ends the process from deep inside nested calls", "[P-005]") {
  CHECK(always([] {
          return end_of_body([] {
            outer();
            otp::exit("was not reached"s);
          });
        }) == "normal");
}

TEST_CASE("a caught exit is over: the process goes on and nobody is told", "[P-006]") {
  CHECK(always([] {
          const auto p = puppet();
          otp::monitor(p);
          const auto caught = in(p, [] { return exit_of([] { otp::exit("caught"s); }); });
          return caught + (lives(p) ? ", alive, " : ", dead, ") + "heard: " + hear_all();
        }) == "caught, alive, heard: ");
}

TEST_CASE("destructors run before the death of a process is seen", "[P-007]") {
  CHECK(always([] {
          otp::spawn_monitor([me = self()] {
            const farewell guard{me, "cleaned up"};
            otp::exit("bye"s);
          });
          return hear(2);
        }) == "cleaned up, down bye");
}

TEST_CASE("destructors run when an exit signal ends a waiting process", "[P-008]") {
  CHECK(always([] {
          const auto [p, ref] = otp::spawn_monitor([me = self()] {
            const farewell guard{me, "cleaned up"};
            tell(me, "ready");
            obey();
          });
          hear();
          otp::exit(p, "signal"s);
          return hear(2);
        }) == "cleaned up, down signal");
}

TEST_CASE("what a body captured is destroyed before its death is seen", "[P-007]") {
  CHECK(always([] {
          otp::spawn_monitor([guard = farewell{self(), "captured"}] {});
          return hear(2);
        }) == "captured, down normal");
}

TEST_CASE("a process that is ended before it ran destroys its body unrun", "[P-046]") {
  CHECK(simulated([] {
          const auto [p, ref] =
              otp::spawn_monitor([guard = farewell{self(), "captured"}, me = self()] {
                tell(me, "ran");
              });
          otp::exit(p, otp::reason::kill);
          return hear(2);
        }) == "captured, down killed");
}

TEST_CASE("spawn does not wait for the body", "[P-009]") {
  CHECK(simulated([] {
          otp::spawn([me = self()] { tell(me, "the body"); });
          tell(self(), "the spawner");
          return hear(2);
        }) == "the spawner, the body");
}

TEST_CASE("sending to a dead process loses the message silently", "[P-010]") {
  CHECK(always([] {
          const auto p = otp::spawn([] {});
          await_end(p);
          for (int i = 0; i < 100; ++i) tell(p, "lost");
          return otp::is_alive(p);
        }) == "false");
}

TEST_CASE("sending to nobody and to a pid that was never given out loses the message", "[P-010]") {
  CHECK(always([] {
          for (const auto& nobody :
               {otp::pid{}, otp::pid{0, 0, 1}, otp::pid{0, 0xFFFF'FFFF, 7}, otp::pid{0, 9'999'999, 1},
                otp::pid{5, self().slot, self().serial}}) {
            tell(nobody, "lost");
            otp::exit(nobody, otp::reason::kill);
            otp::unlink(nobody);
            if (otp::is_alive(nobody)) return "alive"s;
            otp::monitor(nobody);
            if (const auto heard = hear(); heard != "down noproc") return heard;
          }
          return hear_all();
        }) == "");
}

TEST_CASE("a process is not alive once its end was seen", "[P-011]") {
  CHECK(always([] {
          trap_exit(true);
          const auto [p, ref] = otp::spawn_monitor([] {});
          hear();
          const auto linked = otp::spawn_link([] {});
          hear();
          return otp::is_alive(p) || otp::is_alive(linked);
        }) == "false");
}

TEST_CASE("a process is not alive for whoever has just killed it", "[P-012]") {
  CHECK(always([] {
          const auto p = puppet();
          const bool before = otp::is_alive(p);
          otp::exit(p, otp::reason::kill);
          return fmt::format("{}, {}", before, otp::is_alive(p));
        }) == "true, false");
}

TEST_CASE("other exit signals do not decide whether a process is alive", "[P-012]") {
  CHECK(always([] {
          const auto p = trapping_puppet();
          otp::exit(p, otp::reason::shutdown);
          return otp::is_alive(p);
        }) == "true");
}

TEST_CASE("no pid is used twice", "[P-013]") {
  CHECK(always([] {
          std::set<otp::pid> seen;
          for (int i = 0; i < 500; ++i) {
            const auto [p, ref] = otp::spawn_monitor([] {});
            otp::receive([](otp::down) {});
            seen.insert(p);
          }
          return seen.size();
        }) == "500");
}

TEST_CASE("pids of several runtimes differ", "[P-013]") {
  std::set<otp::pid> seen;
  for (int i = 0; i < 10; ++i) {
    otp::testing::simulation sim{1};
    for (int n = 0; n < 10; ++n) seen.insert(otp::spawn([] {}));
    sim.run_until_idle();
  }
  CHECK(seen.size() == 100);
}

TEST_CASE("the receiver owns what it gets", "[P-014]") {
  CHECK(always([] {
          auto text = "original"s;
          const auto p = puppet();
          tell(p, text);
          text = "changed by the sender";
          return in(p, [] { return hear(); });
        }) == "original");
}

TEST_CASE("ancestors are the parent first, then its parent", "[process][L-005]") {
  CHECK(always([] {
          const auto child = puppet();
          in(child, [top = self()] {
            const auto grandchild = puppet();
            in(grandchild, [top, me = self()] {
              const auto line = otp::this_process::ancestors();
              tell(top, fmt::format("{} {}", line.at(0) == me, line.at(1) == top));
            });
          });
          return hear();
        }) == "true true");
}

TEST_CASE("operations that need a process say so on a plain thread", "[process]") {
  CHECK_THROWS_AS(self(), otp::not_a_process);
  CHECK_THROWS_AS(otp::link({}), otp::not_a_process);
  CHECK_THROWS_AS(otp::spawn([] {}), otp::not_a_process);
  otp::testing::simulation sim{1};
  CHECK_THROWS_AS(otp::spawn_link([] {}), otp::not_a_process);
  CHECK_THROWS_AS(otp::unlink({}), otp::not_a_process);
  CHECK_THROWS_AS(otp::monitor(otp::pid{}), otp::not_a_process);
  CHECK_THROWS_AS(otp::demonitor({}), otp::not_a_process);
  CHECK_THROWS_AS(otp::sleep(1s), otp::not_a_process);
  CHECK_THROWS_AS(trap_exit(true), otp::not_a_process);
  CHECK_THROWS_AS(otp::register_name("name"), otp::not_a_process);
  CHECK_THROWS_AS(otp::receive([](note) {}), otp::not_a_process);
  CHECK(!otp::this_process::is_one());
}

// ---- order of messages

TEST_CASE("messages of one sender arrive in the order they were sent", "[P-016]") {
  CHECK(always([] {
          otp::spawn([me = self()] {
            for (int i = 0; i < 1000; ++i) otp::send(me, i);
          });
          for (int i = 0; i < 1000; ++i) {
            if (otp::receive([](int n) { return n; }) != i) return "out of order"s;
          }
          return "in order"s;
        }) == "in order");
}

TEST_CASE("the last words of a process come before its end", "[P-017]") {
  CHECK(always([] {
          otp::spawn_monitor([me = self()] { tell(me, "last words"); });
          return hear(2);
        }) == "last words, down normal");
  CHECK(always([] {
          trap_exit(true);
          otp::spawn_link([me = self()] {
            tell(me, "last words");
            otp::exit("bye"s);
          });
          return hear(2);
        }) == "last words, exited bye");
}

TEST_CASE("a message sent before an exit signal is in the mailbox before it", "[P-018]") {
  CHECK(always([] {
          const auto p = trapping_puppet();
          tell(p, "message");
          otp::exit(p, "signal"s);
          return in(p, [] { return hear(2); });
        }) == "message, exited signal");
}

TEST_CASE("what is sent before is there before what it causes", "[P-020]") {
  CHECK(always([] {
          const auto b = puppet();
          const auto c = otp::spawn([b] {
            otp::receive([](note) {});
            tell(b, "effect");
          });
          tell(b, "cause");
          tell(c, "go on");
          return in(b, [] { return hear(2); });
        }) == "cause, effect");
}

TEST_CASE("a message to oneself goes to the end of the mailbox", "[P-021]") {
  CHECK(always([] {
          const auto p = puppet();
          tell(p, "first");
          return in(p, [] {
            tell(self(), "to myself");
            return hear(2);
          });
        }) == "first, to myself");
}

// ---- exit signals

// exit(pid) would take the pid for a reason and end the caller.
template <class T>
concept exits_with = requires(T reason) { otp::exit(reason); };
static_assert(!exits_with<otp::pid>);
static_assert(exits_with<std::string> && exits_with<otp::exit_reason> && exits_with<color>);

TEST_CASE("an exit signal ends a process that does not trap exits", "[P-025]") {
  CHECK(always([] {
          const auto p = puppet();
          return end_of(p, [p] { otp::exit(p, "oops"s); });
        }) == "oops");
}

TEST_CASE("the signal normal is ignored by a process that does not trap exits", "[P-026]") {
  CHECK(always([] {
          const auto p = puppet();
          otp::exit(p, otp::reason::normal);
          return lives(p);
        }) == "true");
}

TEST_CASE("a trapping process gets the signal normal as a message", "[P-027]") {
  CHECK(always([] {
          const auto p = trapping_puppet();
          otp::exit(p, otp::reason::normal);
          return in(p, [] { return hear(); });
        }) == "exited normal");
}

TEST_CASE("a trapping process gets an exit signal as a message that names its sender", "[P-028]") {
  CHECK(always([] {
          const auto p = trapping_puppet();
          otp::exit(p, "oops"s);
          return in(p, [sender = self()] {
            return otp::receive([&](otp::exited e) {
              return fmt::format("{} {}", e.from == sender, e.reason);
            });
          });
        }) == "true oops");
}

TEST_CASE("a kill cannot be trapped and is seen as killed", "[P-029]") {
  CHECK(always([] {
          const auto p = trapping_puppet();
          return end_of(p, [p] { otp::exit(p, otp::reason::kill); });
        }) == "killed");
}

TEST_CASE("a process that ends itself with kill is seen with kill", "[P-030]") {
  CHECK(always([] { return end_of_body([] { otp::exit(otp::reason::kill); }); }) == "kill");
}

TEST_CASE("the signal normal to oneself ends a process that does not trap exits", "[P-035]") {
  CHECK(always([] {
          return end_of_body([] {
            otp::exit(self(), otp::reason::normal);
            otp::exit("was not reached"s);
          });
        }) == "normal");
}

TEST_CASE("an exit signal to oneself takes effect before the call returns", "[P-035]") {
  CHECK(always([] {
          return end_of_body([] {
            otp::exit(self(), "mine"s);
            otp::exit("was not reached"s);
          });
        }) == "mine");
}

TEST_CASE("an exit signal to oneself is a message while trapping", "[P-036]") {
  CHECK(always([] {
          trap_exit(true);
          otp::exit(self(), "mine"s);
          otp::exit(self(), otp::reason::normal);
          return hear_all();
        }) == "exited mine, exited normal");
}

TEST_CASE("the signal kill to oneself cannot be trapped", "[P-037]") {
  CHECK(always([] {
          return end_of_body([] {
            trap_exit(true);
            otp::exit(self(), otp::reason::kill);
            otp::exit("was not reached"s);
          });
        }) == "killed");
}

TEST_CASE("an exit signal to a dead process has no effect", "[P-038]") {
  CHECK(always([] {
          const auto p = otp::spawn([] {});
          await_end(p);
          otp::exit(p, otp::reason::kill);
          otp::exit(p, "oops"s);
          return "nothing"s;
        }) == "nothing");
}

TEST_CASE("of two exit signals of one sender the first one counts", "[P-039]") {
  CHECK(always([] {
          const auto p = puppet();
          return end_of(p, [p] {
            otp::exit(p, "first"s);
            otp::exit(p, "second"s);
          });
        }) == "first");
  CHECK(always([] {
          const auto p = puppet();
          return end_of(p, [p] {
            otp::exit(p, "first"s);
            otp::exit(p, otp::reason::kill);
          });
        }) == "first");
}

TEST_CASE("a signal that was taken decides, whatever the process does before it notices", "[P-039]") {
  const auto ends_by = [](auto last_act) {
    return [last_act] {
      return end_of_body([last_act] {
        const auto p = otp::spawn([me = self()] { otp::exit(me, "signal"s); });
        while (otp::is_alive(p)) std::this_thread::yield();  // it runs on the other thread
        trap_exit(false);  // takes what has arrived
        last_act();
      });
    };
  };
  CHECK(threaded(ends_by([] {})) == "signal");
  CHECK(threaded(ends_by([] { throw std::runtime_error{"boom"}; })) == "signal");
  CHECK(threaded(ends_by([] { otp::exit("own"s); })) == "signal");
}

TEST_CASE("trap_exit returns the previous value", "[P-040]") {
  CHECK(always([] {
          const bool a = trap_exit(true);
          const bool b = trap_exit(true);
          const bool c = trap_exit(false);
          const bool d = trap_exit(false);
          return fmt::format("{} {} {} {}", a, b, c, d);
        }) == "false true true false");
}

TEST_CASE("an exit message stays a message when trapping is turned off", "[P-041]") {
  CHECK(always([] {
          const auto p = trapping_puppet();
          otp::exit(p, "oops"s);
          return in(p, [] {
            trap_exit(false);
            return hear();
          });
        }) == "exited oops");
}

TEST_CASE("signals that have arrived are acted on before trapping is turned on", "[P-041]") {
  CHECK(simulated([] {
          return end_of_body([] {
            const auto me = self();
            const auto p = otp::spawn([me] { otp::exit(me, "early"s); });
            while (otp::is_alive(p)) otp::receive([](int) {}, otp::after(0s, [] {}));
            trap_exit(true);
            otp::exit("was not reached"s);
          });
        }) == "early");
}

TEST_CASE("trapping does not save a process from its own exits and exceptions", "[P-042]") {
  CHECK(always([] {
          return end_of_body([] {
            trap_exit(true);
            otp::exit("own"s);
          });
        }) == "own");
  CHECK(always([] {
          return end_of_body([] {
            trap_exit(true);
            throw std::logic_error{"own"};
          });
        }) == "std::logic_error: own");
}

TEST_CASE("a reason that contains a special one is not special", "[P-044]") {
  CHECK(always([] {
          const auto p = trapping_puppet();
          otp::exit(p, otp::reason::shutdown("kill"s));
          otp::exit(p, "kill"s);
          otp::exit(p, "normal"s);
          return in(p, [] { return hear(3); });
        }) == "exited shutdown(kill), exited kill, exited normal");
  CHECK(always([] {
          const auto p = puppet();
          return end_of(p, [p] { otp::exit(p, "normal"s); });
        }) == "normal");  // the text, not the reason: it killed
}

TEST_CASE("a busy process ends at its next wait", "[P-045]") {
  CHECK(always([] {
          const auto [p, ref] = otp::spawn_monitor([me = self()] {
            tell(me, "busy");
            for (;;) otp::sleep(0s);
          });
          hear();
          otp::exit(p, "enough"s);
          return hear();
        }) == "down enough");
}

TEST_CASE("a process that only looks at its mailbox ends, too", "[P-045]") {
  CHECK(always([] {
          const auto [p, ref] = otp::spawn_monitor([me = self()] {
            tell(me, "busy");
            for (;;) otp::receive([](int) {}, otp::after(0s, [] {}));
          });
          hear();
          otp::exit(p, "enough"s);
          return hear();
        }) == "down enough");
  CHECK(always([] {
          const auto [p, ref] = otp::spawn_monitor([me = self()] {
            tell(me, "busy");
            for (;;) otp::receive(otp::after(0s, [] {}));
          });
          hear();
          otp::exit(p, "enough"s);
          return hear();
        }) == "down enough");
}

TEST_CASE("an exit signal ends a process before messages that came earlier are handled", "[P-046]") {
  CHECK(simulated([] {
          int handled = 0;
          const auto p = otp::spawn([&, me = self()] {
            tell(me, "waits");
            for (;;) otp::receive([&](int) { ++handled; });
          });
          hear();
          const auto reason = end_of(p, [p] {
            for (int i = 0; i < 1000; ++i) otp::send(p, i);
            otp::exit(p, "enough"s);
          });
          return fmt::format("{} {}", reason, handled);
        }) == "enough 0");
}

TEST_CASE("a process that has taken its messages stops handling them at an exit signal", "[P-046]") {
  CHECK(simulated([] {
          int handled = 0;
          const auto p = otp::spawn([&, me = self()] {
            otp::receive([](note) {});
            tell(me, "goes on");
            for (;;) otp::receive([&](int) { ++handled; });
          });
          const auto reason = end_of(p, [p] {
            for (int i = 0; i < 1000; ++i) otp::send(p, i);
            tell(p, "go on");
            hear();
            otp::exit(p, "enough"s);
          });
          return fmt::format("{} {}", reason, handled < 1000);
        }) == "enough true");
}

// ---- work posted to the executor of a process

TEST_CASE("posted work does not change the order of messages", "[P-016][P-021]") {
  CHECK(simulated([] {
          const auto p = puppet();
          std::optional<otp::process_executor> executor;
          in(p, [&] { executor = otp::this_process::get_executor(); });
          tell(p, "1");
          executor->execute([] {
            tell(self(), "4");
            trap_exit(false);
          });
          tell(p, "2");
          tell(p, "3");
          return in(p, [] { return hear(4); });
        }) == "1, 2, 3, 4");
}

TEST_CASE("posted work runs while its process waits", "[process]") {
  CHECK(always([] {
          const auto me = self();
          const auto executor = otp::this_process::get_executor();
          otp::spawn([executor, me] {
            executor.execute([me] { tell(me, self() == me ? "in the process" : "elsewhere"); });
          });
          return hear();
        }) == "in the process");
}

TEST_CASE("posted work can end its process, whether that waits or not", "[P-002][P-035]") {
  const auto end_by = [](auto work) {
    return [work] {
      const auto p = puppet();
      std::optional<otp::process_executor> executor;
      in(p, [&] { executor = otp::this_process::get_executor(); });
      return end_of(p, [&] { executor->execute(work); });
    };
  };
  CHECK(always(end_by([] { otp::exit(self(), "signal"s); })) == "signal");
  CHECK(always(end_by([] { otp::exit(self(), otp::reason::kill); })) == "killed");
  CHECK(always(end_by([] { otp::exit("exit"s); })) == "exit");
  CHECK(always(end_by([] { throw std::runtime_error{"boom"}; })) == "std::runtime_error: boom");
  CHECK(always([] {
          return end_of_body([] {
            otp::this_process::get_executor().execute([] { otp::exit(self(), "signal"s); });
            otp::sleep(0s);
            otp::exit("was not reached"s);
          });
        }) == "signal");
}

TEST_CASE("posted work that waits ends its process with an explanation", "[process]") {
  CHECK(always([] {
          const auto reason = end_of_body([] {
            otp::this_process::get_executor().execute([] { otp::sleep(1s); });
            obey();
          });
          return reason.substr(0, reason.find(':', 20));
        }) == "std::logic_error: otp");
}

TEST_CASE("posted work may read and drop messages while its process waits for others", "[P-022]") {
  CHECK(simulated([] {
          const auto dead = otp::spawn([] {});
          await_end(dead);
          const auto p = otp::spawn([dead, me = self()] {
            const auto ref = otp::monitor(dead);
            tell(self(), "kept");
            otp::this_process::get_executor().execute([ref] {
              otp::demonitor(ref, true);
              otp::receive([](note) {}, otp::after(0s, [] {}));
            });
            otp::receive([](int) {});
            tell(me, hear_all());
          });
          otp::send(p, 1);
          return "left: " + hear();
        }) == "left: ");
}

TEST_CASE("work for a process that is gone is destroyed unrun", "[P-010]") {
  CHECK(always([] {
          std::optional<otp::process_executor> executor;
          const auto p = puppet();
          in(p, [&] { executor = otp::this_process::get_executor(); });
          end_of(p, [p] { otp::exit(p, otp::reason::kill); });
          executor->execute([last = farewell{self(), "destroyed"}] { tell(last.to, "run"); });
          return hear();
        }) == "destroyed");
}
