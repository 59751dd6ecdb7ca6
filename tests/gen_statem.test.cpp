// State machines: their events, states, replies, enter calls, postponed and inserted events, and ends.
// One file, though long; timeouts are in gen_statem_timeouts.test.cpp.
#include "support/catch.hpp"
#include "support/machine.hpp"
#include <otp/gen_statem.hpp>
#include <otp/sys.hpp>

#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using namespace otp_test;
using otp::this_process::self;

namespace {

using question = machine::question;
using options = machine::options;
using enum machine::state;

/// What `work`, given a machine and its journal, leaves in the journal.
template <class Work>
std::string journal_of(options how, Work work) {
  return always([how, work] {
    auto mine = how;
    mine.log = journal{};
    const auto ref = otp::start<machine>(mine);
    work(ref);
    otp::call(ref, machine::where{});  // then what the machine has sent itself has come, too
    return otp::call(ref, machine::told{});
  });
}

/// The journal and the exit reason of a machine that `cause` is given to.
template <class Cause>
std::string life_of(options how, Cause cause) {
  return always([how, cause] {
    auto mine = how;
    mine.log = journal{};
    const auto ref = otp::start<machine>(mine);
    const auto end = end_of(ref.pid(), [&] { cause(ref); });
    return mine.log.text() + "; " + end;
  });
}

question answering(std::string text) {
  return question{[text = std::move(text)](machine::state, otp::from<std::string>& caller) {
    return machine::keep_state().and_reply(caller, text);
  }};
}

}  // namespace

// ---- events and replies

TEST_CASE("events arrive in their order, with the state", "[gen_statem][S-001][S-002]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<machine>();
    const auto noting = [log](const char* what) {
      return [=](machine::state now) { log.note(what + (" in " + machine::name_of(now))); };
    };
    otp::cast(ref, doing(noting("cast")));
    otp::send(ref.pid(), doing<machine::poke>(noting("info")));
    otp::cast(ref, go_to(b));
    otp::cast(ref, doing(noting("cast")));
    const auto end = otp::call(ref, machine::where{});
    return end + ": " + log.text();
  });
  CHECK(seen == "b: cast in a, info in a, cast in b");
}

TEST_CASE("a machine is called by name, too", "[gen_statem][S-001]") {
  CHECK(always([] {
          const auto ref = otp::start<machine>(otp::start_options{.name = "machine"}, options{});
          otp::cast(ref, go_to(c));
          return otp::call(otp::name<machine>{"machine"}, machine::where{});
        }) == "c");
}

TEST_CASE("a reply is sent when the handler has returned, before the next event",
          "[gen_statem][S-003]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<machine>(options{.log = log});
    const auto inserting = question{[](machine::state, otp::from<std::string>& caller) {
      return machine::keep_state()
          .and_next_event(machine::step{"inserted",
                                        [](machine::state) {
                                          await_go();
                                          return machine::keep_state();
                                        }})
          .and_reply(caller, "answered");
    }};
    const auto answer = otp::call(ref, inserting);
    let_go(ref.pid());
    return answer + ", " + otp::call(ref, machine::told{});
  });
  CHECK(seen == "answered, inserted");
}

TEST_CASE("a call that is not answered in time fails, and its late reply vanishes",
          "[gen_statem][S-004]") {
  const auto seen = always([] {
    const auto kept = std::make_shared<otp::from<std::string>>();
    const auto ref = otp::start<machine>();
    const auto keep = question{[kept](machine::state, otp::from<std::string>& caller) {
      *kept = std::move(caller);
      return machine::keep_state();
    }};
    const auto first = answered(otp::try_call(ref, keep, 1ms));
    otp::cast(ref, doing([kept] { return machine::keep_state().and_reply(*kept, "late"); }));
    const auto second = otp::call(ref, answering("second"));
    return first + ", " + second + ", " + hear_all();
  });
  CHECK(seen == "failed: timeout, second, ");
}

TEST_CASE("a caller may be answered in a later state", "[gen_statem][S-005]") {
  const auto seen = always([] {
    const auto boss = self();
    const auto ref = otp::start<machine>();
    const auto kept = std::make_shared<otp::from<std::string>>();
    meanwhile([=] {
      tell(boss, otp::call(ref, question{[=](machine::state, otp::from<std::string>& caller) {
                             *kept = std::move(caller);
                             tell(boss, "asked");
                             return machine::next_state(b);
                           }}));
    });
    const auto asked = hear();
    otp::cast(ref,
              doing([kept](machine::state now) { kept->reply("from " + machine::name_of(now)); }));
    return asked + ", " + hear();
  });
  CHECK(seen == "asked, from b");
}

TEST_CASE("a call that nobody can answer any more fails at once", "[gen_statem][S-004]") {
  CHECK(always([] {
          const auto ref = otp::start<machine>();
          return answered(otp::try_call(ref, question{[](machine::state, otp::from<std::string>&) {
                                          return machine::keep_state();
                                        }}));
        }) == "failed: noproc");
}

TEST_CASE("a circle of calls through a machine that returns its answers is found",
          "[gen_statem][G-030]") {
  class asker : public otp::gen_statem<asker> {
   public:
    enum class state { only };
    struct ask_back {
      using reply = std::string;
    };
    std::string handle_call(state, ask_back q) {
      return root_of(otp::try_call(self(), q).error()).substr(0, 8);
    }
  };
  CHECK(always([] { return otp::call(otp::start<asker>(), typename asker::ask_back{}); }) ==
        "deadlock");
}

// ---- the start

TEST_CASE("a machine starts, is ignored and fails to start like any server",
          "[gen_statem][S-010]") {
  const auto seen = always([] {
    const auto began = [](auto init) {
      const auto outcome = otp::try_start<machine>(options{.init = init});
      if (outcome) return "in "s + otp::call(*outcome, machine::where{});
      return outcome.error().ignored ? "ignored"s : outcome.error().reason.to_string();
    };
    return began([] { return machine::keep_state(); }) + ", " +
           began([] { return machine::next_state(c); }) + ", " +
           began([]() -> machine::transition { otp::ignore(); }) + ", " +
           began([] { return machine::stop("no"); }) + ", " +
           began([]() -> machine::transition { throw std::runtime_error{"boom"}; });
  });
  CHECK(seen == "in a, in c, ignored, no, std::runtime_error: boom");
}

TEST_CASE("a machine that does not start runs no terminate", "[gen_statem][S-010]") {
  CHECK(always([] {
          const journal log;
          const auto outcome = otp::try_start<machine>(
              options{.log = log, .init = [] { return machine::stop("no"); }});
          return log.text() + (outcome ? "started" : "not started");
        }) == "not started");
}

TEST_CASE("what init asks for is done before any message", "[gen_statem][S-011][S-013]") {
  const options how{.notes_enter = true, .init = [] {
                      otp::cast(machine_ref{self()}, machine::job{"message"});
                      return machine::next_state(b)
                          .and_next_event(machine::step{"inserted"})
                          .and_state_timeout(0ns, "zero"s);
                    }};
  CHECK(journal_of(how, [](auto) {}) == "enter b b, inserted, state timeout zero in b, message");
}

// ---- states and enter calls

TEST_CASE("enter is called for another state and for a repeated one, and not for the same one",
          "[gen_statem][S-013][S-014][S-015][S-016]") {
  const auto seen = journal_of({.notes_enter = true}, [](const machine_ref& ref) {
    otp::cast(ref, go_to(a));
    otp::cast(ref, doing([] { return machine::keep_state(); }));
    otp::cast(ref, doing([] { return machine::repeat_state(); }));
    otp::cast(ref, machine::job{"postponed"});
    otp::cast(ref, go_to(b));
  });
  CHECK(seen == "enter a a, enter a a, enter a b, postponed");
}

TEST_CASE("an enter call may set timeouts and answer", "[gen_statem][S-017]") {
  const auto seen = always([] {
    const journal log;
    const auto kept = std::make_shared<otp::from<std::string>>();
    const auto on_enter = [kept](machine::state now, machine::state) {
      machine::entered result;
      if (now != b) return result;
      return std::move(result).and_reply(*kept, "arrived").and_state_timeout(0ns, "zero"s);
    };
    const auto ref = otp::start<machine>(options{.log = log, .enter = on_enter});
    const auto answer =
        otp::call(ref, question{[kept](machine::state, otp::from<std::string>& caller) {
                    *kept = std::move(caller);
                    return machine::next_state(b);
                  }});
    return answer + ", " + otp::call(ref, machine::told{});
  });
  CHECK(seen == "arrived, state timeout zero in b");
}

TEST_CASE("an enter call may stop the machine, which is in the new state then",
          "[gen_statem][S-006][S-014]") {
  const auto on_enter = [](machine::state now, machine::state) {
    machine::entered result;
    return now == b ? std::move(result).and_stop("enough") : std::move(result);
  };
  CHECK(life_of({.enter = on_enter}, [](const machine_ref& ref) { otp::cast(ref, go_to(b)); }) ==
        "terminate enough in b; enough");
}

// ---- postponed and inserted events

TEST_CASE("postponed events come again after a change of the state, before newer ones",
          "[gen_statem][S-019][S-020]") {
  const auto seen = journal_of({}, [](const machine_ref& ref) {
    otp::cast(ref, machine::job{"1"});
    otp::cast(ref, machine::job{"2"});
    otp::cast(ref, go_to(a));
    otp::cast(ref, doing([ref] {
                otp::cast(ref, machine::job{"3"});
                return machine::next_state(b);
              }));
  });
  CHECK(seen == "1, 2, 3");
}

TEST_CASE("the machine keeps the place of an event that it postpones again", "[gen_statem][S-021]") {
  const auto seen = journal_of({}, [](const machine_ref& ref) {
    otp::cast(ref, machine::job{"1"});
    otp::cast(ref, machine::job{"2"});
    otp::cast(ref, go_to(c));
    otp::cast(ref, machine::job{"3"});
    otp::cast(ref, go_to(b));
  });
  CHECK(seen == "1, 2, 3");
}

TEST_CASE("the caller of a postponed call waits until it is handled", "[gen_statem][S-022]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<machine>(options{.log = log});
    meanwhile([=] { log.note(otp::call(ref, machine::only_in_b{})); });
    otp::sleep(1ms);
    otp::cast(ref, doing([log] {
                log.note("going");
                return machine::next_state(b);
              }));
    await_go();
    return log.text();
  });
  CHECK(seen == "going, in b");
}

TEST_CASE("a handler that takes the caller may postpone, too", "[gen_statem][S-022]") {
  const auto seen = always([] {
    const auto boss = self();
    const auto ref = otp::start<machine>();
    meanwhile([=] {
      tell(boss,
           otp::call(ref, question{[boss](machine::state now, otp::from<std::string>& caller) {
                       tell(boss, "asked in " + machine::name_of(now));
                       if (now == machine::a) return machine::postpone();
                       return machine::keep_state().and_reply(caller, "answered");
                     }}));
    });
    const auto first = hear();
    otp::cast(ref, go_to(c));
    return first + ", " + hear(2);
  });
  CHECK(seen == "asked in a, asked in c, answered");
}

TEST_CASE("a call that was answered cannot be postponed", "[gen_statem][S-022]") {
  const auto seen = life_of({}, [](const machine_ref& ref) {
    const auto answer = question{[](machine::state, otp::from<std::string>& caller) {
      caller.reply("answered");
      return machine::postpone();
    }};
    static_cast<void>(otp::try_call(ref, answer));
  });
  CHECK(seen.find("postponed a call") != std::string::npos);
}

TEST_CASE("inserted events come in their order, then postponed ones, then the mailbox",
          "[gen_statem][S-023][S-024]") {
  const auto seen = journal_of({}, [](const machine_ref& ref) {
    otp::cast(ref, machine::job{"old"});
    otp::cast(ref, doing([ref] {
                otp::cast(ref, machine::job{"queued"});
                const auto insert_more = [](machine::state) {
                  return machine::keep_state().and_next_event(machine::step{"i3"});
                };
                return machine::next_state(b)
                    .and_next_event(machine::step{"i1", insert_more})
                    .and_next_event(machine::step{"i2"});
              }));
  });
  CHECK(seen == "i1, i3, i2, old, queued");
}

TEST_CASE("a machine that inserts events for ever can be killed", "[gen_statem][S-023]") {
  CHECK(always([] {
          struct forever {
            static machine::transition again(machine::state) {
              return machine::keep_state().and_next_event(machine::step{"", again});
            }
          };
          const auto ref = otp::start<machine>(options{.log = {}});
          otp::cast(ref, machine::order{[boss = self()](machine::state now) {
                      let_go(boss);
                      return forever::again(now);
                    }});
          await_go();
          return end_of(ref.pid(), [&] { otp::exit(ref.pid(), otp::reason::kill); });
        }) == "killed");
}

// ---- the end

TEST_CASE("a machine that stops itself runs terminate with its state", "[gen_statem][S-006]") {
  CHECK(life_of({}, [](const machine_ref& ref) {
          otp::cast(ref, go_to(b));
          otp::cast(ref, doing([] { return machine::stop("done"); }));
        }) == "terminate done in b; done");
  CHECK(life_of({}, [](const machine_ref& ref) {
          otp::cast(ref, doing([]() -> machine::transition { return otp::stop("done"); }));
        }) == "terminate done in a; done");
}

TEST_CASE("replies of a stop are sent before terminate runs", "[gen_statem][S-007]") {
  const auto seen = always([] {
    const auto ref =
        otp::start<machine>(options{.terminate = [](const otp::exit_reason&) { await_go(); }});
    const auto answer = otp::call(ref, question{[](machine::state, otp::from<std::string>& caller) {
                                    return machine::stop("done").and_reply(caller, "bye");
                                  }});
    return answer + ", " + end_of(ref.pid(), [&] { let_go(ref.pid()); });
  });
  CHECK(seen == "bye, done");
}

TEST_CASE("a handler that throws ends the machine in its old state, and the caller hears",
          "[gen_statem][S-008]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<machine>(options{.log = log});
    otp::cast(ref, go_to(c));
    const auto outcome = otp::try_call(
        ref, question{[](machine::state, otp::from<std::string>&) -> machine::transition {
          throw std::runtime_error{"boom"};
        }});
    return answered(outcome) + "; " + log.text();
  });
  CHECK(seen == "failed: std::runtime_error: boom; terminate std::runtime_error: boom in c");
}

TEST_CASE("callers who wait hear the reason that the machine ends with", "[gen_statem][S-025]") {
  const auto seen = always([] {
    const journal log;
    const auto ref = otp::start<machine>();
    const auto kept = std::make_shared<otp::from<std::string>>();
    meanwhile([=] { log.note("postponed " + answered(otp::try_call(ref, machine::only_in_b{}))); });
    otp::sleep(1ms);
    meanwhile([=] {
      const auto keep = question{[kept](machine::state, otp::from<std::string>& caller) {
        *kept = std::move(caller);
        return machine::keep_state();
      }};
      log.note("kept " + answered(otp::try_call(ref, keep)));
    });
    otp::sleep(1ms);
    otp::exit(ref.pid(), otp::reason::kill);
    await_go();
    await_go();
    return log.text().size();
  });
  CHECK(seen == std::to_string("postponed failed: killed, kept failed: killed"s.size()));
}

TEST_CASE("otp::stop and a parent end a machine as they end a server", "[gen_statem][S-012]") {
  CHECK(life_of({}, [](const machine_ref& ref) { otp::stop(ref, "enough"); }) ==
        "terminate enough in a; enough");
  CHECK(always([] {
          const journal log;
          const auto boss = self();
          const auto parent = otp::spawn([=] {
            const auto ref = otp::start_link<machine>(options{.log = log, .trap = true});
            otp::send(boss, hello{ref.pid()});
            await_go();
            otp::exit("gone");
          });
          const auto ref = await_hello();
          const auto end = end_of(ref, [&] { let_go(parent); });
          return log.text() + "; " + end;
        }) == "terminate gone in a; gone");
}

TEST_CASE("a machine that traps exits gets those of others as events", "[gen_statem][S-012]") {
  const auto seen =
      journal_of({.trap = true}, [](const machine_ref& ref) { otp::exit(ref.pid(), "stranger"); });
  CHECK(seen == "exited stranger in a");
}

// ---- sys

TEST_CASE("get_state tells the state and the data", "[gen_statem][S-044]") {
  CHECK(always([] {
          const auto ref = otp::start<machine>();
          otp::cast(ref, go_to(b));
          return otp::sys::get_state(ref);
        }) == "{b, does not trap}");
}

TEST_CASE("replace_state gives a machine other data, or another state as well",
          "[gen_statem][S-044]") {
  CHECK(always([] {
          const auto ref = otp::start<machine>();
          otp::cast(ref, go_to(b));
          const auto data = [](const machine&) { return machine{options{.trap = true}}; };
          const auto both = [](machine::state, const machine& old) {
            return std::pair{machine::c, old};
          };
          const auto first = otp::sys::replace_state(ref, data);
          const auto second = otp::sys::replace_state(ref, both);
          return first + ", " + second + ", " + otp::call(ref, machine::where{});
        }) == "{b, traps}, {c, traps}, c");
}

// ---- other states

namespace {

/// States that are no enumeration: any value that can be compared.
class lift : public otp::gen_statem<lift> {
 public:
  using state = int;
  struct go {
    int floor;
  };
  struct floor {
    using reply = int;
  };
  struct ticket {  ///< A message that cannot be copied.
    std::unique_ptr<int> number;
  };
  transition init() { return next_state(1); }
  transition handle_cast(state, go g) { return next_state(g.floor); }
  transition handle_cast(state now, ticket& t) {
    if (now == 1) return postpone();
    return next_state(*std::move(t.number));
  }
  int handle_call(state now, floor) { return now; }
};

}  // namespace

TEST_CASE("a state may be any value that can be compared", "[gen_statem][S-002]") {
  CHECK(always([] {
          const auto ref = otp::start<lift>();
          otp::cast(ref, lift::ticket{std::make_unique<int>(7)});
          const auto first = otp::call(ref, lift::floor{});
          otp::cast(ref, lift::go{3});
          const auto second = otp::call(ref, lift::floor{});
          return fmt::format("{} {} {}", first, second, otp::sys::get_state(ref));
        }) == "1 7 {7, lift (no format_status)}");
}
