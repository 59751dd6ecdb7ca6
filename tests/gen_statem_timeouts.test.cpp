// The timeouts of state machines: of the state, of the next event, and by name.
#include "support/catch.hpp"
#include "support/machine.hpp"
#include <otp/gen_statem.hpp>

#include <chrono>
#include <string>

using namespace otp_test;

namespace {

using options = machine::options;
using lamp = machine::lamp;
using enum machine::state;

/// What `work`, given a machine, leaves in its journal within an hour after it. In virtual time only:
/// there, what comes when is certain.
template <class Work>
std::string journal_of(Work work) {
  return simulated([work] {
    const auto ref = otp::start<machine>(options{.log = journal{}});
    work(ref);
    otp::sleep(30min);
    return otp::call(ref, machine::told{});
  });
}

machine::order state_timeout(std::chrono::nanoseconds time, std::string content) {
  return doing([=] { return machine::keep_state().and_state_timeout(time, content); });
}
machine::order event_timeout(std::chrono::nanoseconds time) {
  return doing([=] { return machine::keep_state().and_event_timeout(time); });
}
machine::order light(lamp which, std::chrono::nanoseconds time) {
  return doing([=] { return machine::keep_state().and_timeout(which, time); });
}
machine::order nothing() {
  return doing([] {});
}

}  // namespace

TEST_CASE("a state timeout comes once, also when other events came", "[gen_statem][S-026]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, state_timeout(10ms, "t"));
          otp::sleep(6ms);
          otp::cast(ref, nothing());
          otp::cast(ref, go_to(a));
        }) == "state timeout t in a");
}

TEST_CASE("a change of the state cancels the state timeout", "[gen_statem][S-027][S-028][S-029]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, state_timeout(10ms, "old"));
          otp::cast(ref, go_to(b));
          otp::sleep(20ms);
          otp::cast(ref,
                    doing([] { return machine::next_state(c).and_state_timeout(5ms, "new"s); }));
        }) == "state timeout new in c");
}

TEST_CASE("a state timeout is set again, and ended by infinity and by cancel",
          "[gen_statem][S-030]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, state_timeout(10ms, "one"));
          otp::cast(ref, state_timeout(20ms, "two"));
          otp::sleep(30ms);
          otp::cast(ref, state_timeout(10ms, "three"));
          otp::cast(ref, state_timeout(otp::infinity, "four"));
          otp::sleep(30ms);
          otp::cast(ref, state_timeout(10ms, "five"));
          otp::cast(ref, doing([] { return machine::keep_state().and_cancel_state_timeout(); }));
        }) == "state timeout two in a");
}

TEST_CASE("a cast, an info or a call cancels the event timeout", "[gen_statem][S-031][S-032]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, event_timeout(10ms));
          otp::sleep(5ms);
          otp::cast(ref, nothing());
          otp::sleep(20ms);
          otp::cast(ref, go_to(b));
          otp::cast(ref, event_timeout(10ms));
        }) == "event timeout in b");
}

TEST_CASE("an event timeout that a transition sets comes in the new state", "[gen_statem][S-033]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, doing([] { return machine::next_state(b).and_event_timeout(10ms); }));
        }) == "event timeout in b");
}

TEST_CASE("named timeouts outlive events and states, each for itself",
          "[gen_statem][S-034][S-035]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, light(lamp::red, 20ms));
          otp::cast(ref, light(lamp::blue, 10ms));
          otp::cast(ref,
                    doing([] { return machine::keep_state().and_timeout("session"s, 15ms, 7); }));
          otp::cast(ref, go_to(c));
        }) == "blue in c, session 7, red in c");
}

TEST_CASE("a named timeout is set again, updated and cancelled by its name",
          "[gen_statem][S-036][S-040]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, light(lamp::red, 10ms));
          otp::cast(ref, light(lamp::red, 30ms));
          otp::cast(ref, light(lamp::blue, 20ms));
          otp::sleep(25ms);
          otp::cast(ref, light(lamp::blue, 20ms));
          otp::cast(ref,
                    doing([] { return machine::keep_state().and_cancel_timeout(lamp::blue); }));
          otp::cast(ref, doing([] { return machine::keep_state().and_timeout("s"s, 10ms, 1); }));
          otp::cast(ref, doing([] { return machine::keep_state().and_update_timeout("s"s, 2); }));
        }) == "blue in a, red in a, s 2");
}

TEST_CASE("timeouts of zero come before messages, after inserted and postponed events",
          "[gen_statem][S-037][S-039][S-041][S-043]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, machine::job{"postponed"});
          otp::cast(ref, doing([ref] {
                      otp::cast(ref, machine::job{"queued"});
                      return machine::next_state(b)
                          .and_state_timeout(0ns, "zero"s)
                          .and_timeout(lamp::red, 0ns)
                          .and_next_event(machine::step{"inserted"});
                    }));
        }) == "inserted, postponed, state timeout zero in b, red in b, queued");
}

TEST_CASE("what is inserted or comes again cancels an event timeout of zero",
          "[gen_statem][S-038][S-042]") {
  CHECK(journal_of([](const machine_ref& ref) {
          otp::cast(ref, machine::job{"postponed"});
          otp::cast(ref, doing([] { return machine::next_state(b).and_event_timeout(0ns); }));
          otp::cast(ref, doing([] {
                      return machine::keep_state().and_event_timeout(0ns).and_next_event(
                          machine::step{"inserted"});
                    }));
          otp::cast(ref, event_timeout(0ns));
        }) == "postponed, inserted, event timeout in b");
}

TEST_CASE("a timeout may be postponed like any event", "[gen_statem][S-019]") {
  class patient : public otp::gen_statem<patient> {
   public:
    enum class state { early, late };
    using enum state;
    struct go {};
    struct told {
      using reply = std::string;
    };
    transition init() { return keep_state().and_state_timeout(0ns); }
    transition handle_state_timeout(in<early>) {
      seen_ += "early ";
      return postpone();
    }
    void handle_state_timeout(in<late>) { seen_ += "late"; }
    transition handle_cast(state, go) { return next_state(late); }
    std::string handle_call(state, told) { return seen_; }

   private:
    std::string seen_;
  };
  CHECK(always([] {
          const auto ref = otp::start<patient>();
          otp::cast(ref, typename patient::go{});
          return otp::call(ref, typename patient::told{});
        }) == "early late");
}

TEST_CASE("the timeouts of a machine end with it", "[gen_statem][S-027]") {
  CHECK(simulated([] {
          const journal log;
          const auto ref = otp::start<machine>(
              options{.log = log, .terminate = [](const otp::exit_reason&) { otp::sleep(1min); }});
          otp::cast(ref, state_timeout(10ms, "t"));
          otp::stop(ref);
          return log.text();
        }) == "terminate normal in a");
}
