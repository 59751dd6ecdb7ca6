// Tasks: who gets the value, who hears of a failure, and what ends with what.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/task.hpp>
#include <otp/task_supervisor.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

/// Everything that is left in the mailbox or comes soon: exits, ends and notes by their text.
std::string rest() {
  std::string all;
  for (;;) {
    const auto next = otp::receive(
        [](note n) { return n.text; },
        [](const otp::exited& e) { return "exited " + e.reason.to_string(); },
        [](otp::any_message) { return "something"s; }, otp::after(1ms, [] { return ""s; }));
    if (next.empty()) return all.empty() ? "silence" : all;
    all += (all.empty() ? "" : ", ") + next;
  }
}

/// The outcome of yield or shutdown, as text.
template <class T>
std::string told(const std::optional<otp::result<T>>& outcome) {
  if (!outcome) return "nothing";
  if (!*outcome) return "exit " + outcome->error().to_string();
  if constexpr (std::is_void_v<T>) {
    return "done";
  } else {
    return fmt::to_string(**outcome);
  }
}

/// What await throws, without the pid; or the value.
template <class T>
std::string awaited(const otp::task<T>& t, std::chrono::nanoseconds timeout = 5s) {
  try {
    if constexpr (std::is_void_v<T>) {
      t.await(timeout);
      return "done";
    } else {
      return fmt::to_string(t.await(timeout));
    }
  } catch (const otp::exit_error& error) {
    const auto* const call = error.reason().get<otp::call_info>();
    return fmt::format("{}-exit({})", call->message, call->inner);
  }
}

/// A task that waits to be let go and then returns `value`.
template <class T>
otp::task<T> held(T value) {
  return otp::async([value] {
    await_go();
    return value;
  });
}

otp::task<> stuck() { return otp::async(await_go); }

/// A task that says hello when it traps exits, and does not end by itself.
otp::task<> stubborn() {
  const auto boss = self();
  const auto t = otp::async([boss] {
    trap_exit(true);
    say_hello(boss);
    await_go();
  });
  await_hello();
  return t;
}

void await_end_of(const otp::pid& who) {
  const auto ref = otp::monitor(who);
  otp::receive([&](const otp::down&) {});
  otp::demonitor(ref, true);
}

/// What a process that runs `body` is told when it has ended: its reason.
template <class Body>
std::string owner_ends_with(Body body) {
  return always([body] { return end_of_body(body); });
}

}  // namespace

TEST_CASE("await gives the value of the task, and nothing is left in the mailbox", "[T-001]") {
  CHECK(always([] {
          const auto text = awaited(otp::async([] { return 42; }));
          return text + " " + rest();
        }) == "42 silence");
  CHECK(always([] { return awaited(otp::async([] {})); }) == "done");
  CHECK(always([] {
          auto t = otp::async([] { return std::make_unique<int>(7); });
          return *t.await();
        }) == "7");
}

TEST_CASE("a task is linked to its owner", "[T-001]") {
  CHECK(always([] {
          const auto t = held(1);
          const auto linked = otp::this_process::ancestors();
          trap_exit(true);
          otp::exit(t.pid(), "away"s);
          return hear();
        }) == "exited away");
}

TEST_CASE("each await gets the value of its own task, whatever the order of the ends", "[T-002]") {
  CHECK(always([] {
          const auto first = held(1);
          const auto second = otp::async([next = first.pid()] {
            await_go();
            let_go(next);
            return 2;
          });
          const auto third = otp::async([next = second.pid()] {
            let_go(next);
            return 3;
          });
          const auto text = fmt::format("{} {} {} ", first.await(), second.await(), third.await());
          return text + rest();
        }) == "1 2 3 silence");
}

TEST_CASE("a task that fails takes its owner along, whether that awaits it or not",
          "[T-003][T-004][T-005][K-002]") {
  CHECK(owner_ends_with([] {
          (void)otp::async([] { otp::exit("boom"s); });
          otp::sleep(1h);
        }) == "boom");
  CHECK(owner_ends_with([] {
          (void)otp::async([] { throw std::runtime_error{"bad"}; });
          otp::sleep(1h);
        }) == "std::runtime_error: bad");
  CHECK(owner_ends_with([] { otp::async([] { otp::exit("boom"s); }).await(); }) == "boom");
  CHECK(owner_ends_with([] { (void)otp::async([] { otp::exit("boom"s); }).yield(); }) == "boom");
}

TEST_CASE("an owner that traps exits gets the failure from await, and the exit as a message",
          "[T-006][K-002]") {
  CHECK(always([] {
          trap_exit(true);
          const auto text = awaited(otp::async([] { otp::exit("boom"s); }));
          return text + ", " + rest();
        }) == "await-exit(boom), exited boom");
}

TEST_CASE("a task that ends as normal without a value fails await, and leaves its owner alone",
          "[T-007]") {
  CHECK(always([] {
          return awaited(otp::async([]() -> int { otp::exit(otp::reason::normal); }));
        }) == "await-exit(normal)");
}

TEST_CASE("await gives up after its timeout, and the task runs on without being heard",
          "[T-008][T-009][K-005]") {
  CHECK(always([] {
          const auto boss = self();
          const auto t = otp::async([boss] {
            await_go();
            tell(boss, "ran");
            return 1;
          });
          auto text = awaited(t, 1ms);
          text += fmt::format(", alive {}, ", otp::is_alive(t.pid()));
          let_go(t.pid());
          text += hear();
          await_end_of(t.pid());
          return text + ", " + rest();
        }) == "await-exit(timeout), alive true, ran, silence");
}

TEST_CASE("a timeout of await that is not caught ends the owner, which takes the task along",
          "[T-010]") {
  CHECK(always([] {
          const auto boss = self();
          const auto owner = otp::spawn([boss] {
            const auto t = stuck();
            otp::send(boss, hello{t.pid()});
            await_go();
            t.await(1ms);
          });
          const auto t = await_hello();
          otp::monitor(t);
          let_go(owner);
          const auto why = otp::receive([](const otp::down& d) { return d.reason; });
          return fmt::format("{} {}", why.root(), otp::is_alive(owner));
        }) == "timeout false");
}

TEST_CASE("await waits five seconds by default, or as long as it takes", "[T-011]") {
  CHECK(simulated([] {
          const auto t = otp::async([] { otp::sleep(1h); });
          const auto before = otp::this_runtime::now();
          const auto text = awaited(t, otp::default_task_timeout);
          const auto waited = otp::this_runtime::now() - before;
          return fmt::format("{} {}", text, waited >= 5s && waited < 5001ms);
        }) == "await-exit(timeout) true");
  CHECK(simulated([] {
          return awaited(otp::async([] {
                           otp::sleep(100s);
                           return 1;
                         }),
                         otp::infinity);
        }) == "1");
}

TEST_CASE("only its owner may wait for a task or end it", "[T-012]") {
  CHECK(always([] {
          const auto t = held(5);
          const auto tried = in(puppet(), [t] {
            std::string refused;
            const auto attempt = [&](auto operation) {
              try {
                operation();
                refused += "done ";
              } catch (const std::invalid_argument&) {
                refused += "refused ";
              }
            };
            attempt([&] { t.await(); });
            attempt([&] { (void)t.yield(); });
            attempt([&] { t.shutdown(); });
            attempt([&] { t.ignore(); });
            return refused;
          });
          let_go(t.pid());
          return tried + awaited(t);
        }) == "refused refused refused refused 5");
}

TEST_CASE("a value is given once; waiting for it again fails at once", "[T-013]") {
  CHECK(always([] {
          const auto t = otp::async([] { return 1; });
          const auto first = awaited(t);
          const auto second = awaited(t, otp::infinity);
          return first + " " + second + " " + told(t.yield(otp::infinity));
        }) == "1 await-exit(timeout) nothing");
}

TEST_CASE("yield gives the value, the failure, or nothing as long as the task runs",
          "[T-014][T-015][K-007]") {
  CHECK(always([] {
          trap_exit(true);
          auto text = told(otp::async([] { return 1; }).yield());
          const auto slow = held(2);
          text += ", " + told(slow.yield(1ms));
          let_go(slow.pid());
          text += ", " + told(slow.yield());
          text += ", " + told(otp::async([] { otp::exit("boom"s); }).yield());
          return text;
        }) == "1, nothing, 2, exit boom");
}

TEST_CASE("shutdown ends a running task; it is dead on return, and nothing is queued",
          "[T-016][T-019][K-008]") {
  CHECK(always([] {
          trap_exit(true);
          const auto t = stuck();
          const auto text = told(t.shutdown());
          return fmt::format("{} {} {}", text, otp::is_alive(t.pid()), rest());
        }) == "nothing false silence");
  CHECK(always([] {
          trap_exit(true);
          const auto t = stubborn();
          const auto text = told(t.shutdown(otp::brutal_kill));
          return fmt::format("{} {} {}", text, otp::is_alive(t.pid()), rest());
        }) == "nothing false silence");
}

TEST_CASE("shutdown of a task that has ended gives what it ended with", "[T-017][T-020][K-008]") {
  CHECK(always([] {
          const auto t = otp::async([] { return 4; });
          await_end_of(t.pid());
          return told(t.shutdown());
        }) == "4");
  CHECK(always([] {
          trap_exit(true);
          const auto t = otp::async([] {
            await_go();
            otp::exit("boom"s);
          });
          // Monitored while it lives, so that its exit has come when its DOWN has.
          otp::monitor(t.pid());
          let_go(t.pid());
          otp::receive([](const otp::down&) {});
          const auto text = told(t.shutdown());
          return text + ", " + rest();
        }) == "exit boom, exited boom");
}

TEST_CASE("shutdown kills a task that does not go in time, and says so", "[T-018]") {
  CHECK(always([] { return told(stubborn().shutdown(1ms)); }) == "exit killed");
}

TEST_CASE("yield or shutdown: a value, or a task that is surely dead", "[T-021]") {
  CHECK(always([] {
          std::string text;
          for (const auto& t : {held(1), otp::async([] { return 2; })}) {
            auto outcome = t.yield(1ms);
            if (!outcome) outcome = t.shutdown();
            text += fmt::format("{} {}, ", told(outcome), otp::is_alive(t.pid()));
          }
          return text + rest();
        }) == "nothing false, 2 false, silence");
}

TEST_CASE("a task that is ignored goes on, and neither its value nor its failure is heard",
          "[T-022]") {
  CHECK(always([] {
          const auto boss = self();
          const auto t = otp::async([boss] {
            await_go();
            tell(boss, "going on");
            otp::exit("boom"s);
          });
          auto text = told(t.ignore());
          let_go(t.pid());
          text += ", " + hear();
          await_end_of(t.pid());
          return text + ", " + rest();
        }) == "nothing, going on, silence");
  CHECK(always([] {
          const auto t = otp::async([] { return 3; });
          await_end_of(t.pid());
          const auto first = told(t.ignore());
          return first + " " + told(t.ignore());
        }) == "3 nothing");
}

TEST_CASE("yield_many gives the outcomes in the order of the tasks, after one timeout for all",
          "[T-023]") {
  CHECK(always([] {
          trap_exit(true);
          const std::vector tasks{held(1), otp::async([] { return 2; }),
                                  otp::async([]() -> int { otp::exit("boom"s); })};
          std::string text;
          for (const auto& each : otp::yield_many(tasks, 1ms)) text += told(each) + ", ";
          let_go(tasks[0].pid());
          return text + told(tasks[0].yield());
        }) == "nothing, 2, exit boom, 1");
}

TEST_CASE("await_many gives the values in the order of the tasks", "[T-024]") {
  CHECK(always([] {
          const auto a = held("a"s);
          const auto b = otp::async([next = a.pid()] {
            let_go(next);
            return "b"s;
          });
          std::string text;
          for (const auto& each : otp::await_many(std::vector{a, b})) text += each + " ";
          return text + rest();
        }) == "a b silence");
  CHECK(always([] {
          const auto a = held("a"s);
          const auto b = otp::async([next = a.pid()] {
            let_go(next);
            return 2;
          });
          const auto [text, number] = otp::await_many(a, b);
          return fmt::format("{} {}", text, number);
        }) == "a 2");
}

TEST_CASE("await_many fails when not all are there in time, or when one fails", "[T-025]") {
  CHECK(always([] {
          const std::vector tasks{otp::async([] { return 1; }), held(2)};
          const auto text = exit_of([&] { otp::await_many(tasks, 1ms); }).substr(0, 26);
          return text + ", " + rest();
        }) == "timeout in call await_many, silence");
  CHECK(always([] {
          trap_exit(true);
          const auto text = exit_of(
              [] { otp::await_many(held(2), otp::async([] { otp::exit("boom"s); }), held(3)); });
          return text.substr(0, 23) + ", " + rest();
        }) == "boom in call await_many, exited boom");
}

TEST_CASE("a task dies with its owner, with the same reason", "[T-026][K-010]") {
  CHECK(always([] {
          const auto boss = self();
          const auto owner = otp::spawn([boss] {
            const auto t = stuck();
            otp::send(boss, hello{t.pid()});
            await_go();
            otp::exit("gone"s);
          });
          const auto t = await_hello();
          return end_of(t, [owner] { let_go(owner); });
        }) == "gone");
}

TEST_CASE("a task outlives an owner that ends as normal", "[T-027]") {
  CHECK(always([] {
          const auto boss = self();
          otp::spawn([boss] {
            (void)otp::async([boss] {
              stay_busy_for(boss);
              tell(boss, "lives");
            });
          });
          const auto t = await_hello();
          until_all_wait();
          let_go(t);
          return hear();
        }) == "lives");
}

TEST_CASE("a task that nobody waits for is linked or not", "[T-028][K-009]") {
  CHECK(always([] {
          trap_exit(true);
          const auto alone = otp::start_task([] { otp::exit("boom"s); });
          await_end_of(alone);
          const auto text = rest();
          otp::start_task_link([] { otp::exit("boom"s); });
          return text + ", " + hear();
        }) == "silence, exited boom");
}

TEST_CASE("a task without a link may fail without its owner", "[T-029][K-003]") {
  CHECK(always([] {
          const auto tasks = otp::start_link(otp::task_supervisor_spec{});
          const auto boom = [] { otp::exit("boom"s); };
          auto text = awaited(otp::async_nolink(tasks, boom));
          text += ", " + told(otp::async_nolink(tasks, boom).yield());
          return text + ", " + rest();
        }) == "await-exit(boom), exit boom, silence");
}

TEST_CASE("the end of a task that is not awaited is a message", "[T-030][K-004]") {
  CHECK(always([] {
          const auto tasks = otp::start_link(otp::task_supervisor_spec{});
          const auto first = otp::async_nolink(tasks, [] { return 1; });
          const auto second = otp::async_nolink(tasks, []() -> int { otp::exit("boom"s); });
          std::string text;
          for (const auto& t : {first, second}) {
            (void)t;
            text += otp::receive([&](const otp::completion<int>& c) {
              const auto which = c.ref == first.ref() ? "first "s : "second "s;
              return which + told<int>(c.outcome) + ", ";
            });
          }
          return text.size() > 20 ? "both, " + rest() : text;
        }) == "both, silence");
}

TEST_CASE("a task under a supervisor is linked to both, and goes with either",
          "[T-026][T-029][K-010][K-017]") {
  CHECK(always([] {
          trap_exit(true);
          const auto tasks = otp::start_link(otp::task_supervisor_spec{});
          const auto t = otp::async(tasks, await_go);
          auto text = fmt::format("{} child, ", otp::children(tasks).size());
          otp::stop(tasks, otp::reason::shutdown);
          text += told(t.yield());
          return text;
        }) == "1 child, exit shutdown");
  CHECK(always([] {
          const auto tasks = otp::start(otp::task_supervisor_spec{});
          return awaited(otp::async(tasks, [] { return 42; }));
        }) == "42");
}

TEST_CASE("no task is started by a supervisor that is full or gone", "[T-029][K-003][K-011]") {
  CHECK(always([] {
          const auto tasks = otp::start(otp::task_supervisor_spec{.max_children = 1});
          const auto first = otp::async(tasks, await_go);
          auto text = exit_of([&] { (void)otp::async(tasks, await_go); });
          text += ", " + told(first.shutdown());
          otp::stop(tasks);
          text += ", " + exit_of([&] { (void)otp::async_nolink(tasks, await_go); }).substr(0, 6);
          return text + ", " + rest();
        }) == "max_children, nothing, noproc, silence");
}

TEST_CASE("a supervised task that nobody waits for is not started again", "[T-028][K-009]") {
  CHECK(always([] {
          const auto tasks = otp::start_link(otp::task_supervisor_spec{});
          const auto p = otp::start_child(tasks, [] { otp::exit("boom"s); });
          await_end_of(*p);
          return otp::children(tasks).size();
        }) == "0");
}

TEST_CASE("a task that calls its waiting owner: one of them is told of the deadlock", "[T-001]") {
  const auto is_deadlock = [](const otp::exit_reason& why) {
    return why.root().type() == otp::exit_reason::kind::deadlock;
  };
  CHECK(always([is_deadlock] {
          const auto owner = otp::start<scripted>();
          return otp::call(owner, ask{[owner, is_deadlock] {
                             const auto t = otp::async([owner, is_deadlock] {
                               const auto refused = otp::try_call(owner, ask{say("never")});
                               return !refused && is_deadlock(refused.error());
                             });
                             try {
                               return scripted::answer{fmt::to_string(t.await())};
                             } catch (const otp::exit_error& error) {
                               return scripted::answer{fmt::to_string(is_deadlock(error.reason()))};
                             }
                           }});
        }) == "true");
}
