// Our port of scripts/sm_event_and_named_timeouts.exs, whose first lines say what happens in it.
// Rows: S-031, S-032, S-033, S-034, S-035, S-036
#include "conformance/harness.hpp"
#include <otp/gen_statem.hpp>

namespace conformance::sm_event_and_named_timeouts {

struct news {
  std::string text;
};
struct noise {
  std::string name;
};

class machine : public otp::gen_statem<machine> {
 public:
  enum class state { s1, s2, s3 };
  using enum state;
  enum class lamp { red, blue };
  using info = otp::messages<noise>;

  struct event_timeout {
    std::string label;
  };
  struct light {
    lamp which;
    std::chrono::milliseconds time;
    std::string label;
  };
  struct both {
    light first;
    light second;
  };
  struct put_out {
    lamp which;
  };
  struct go {
    state to;
  };
  struct go_and_wait {
    state to;
    std::string label;
  };

  explicit machine(const otp::pid& main) : main_{main} {}

  transition handle_cast(state, const event_timeout& t) {
    return keep_state().and_event_timeout(60ms, t.label);
  }
  transition handle_cast(state, const light& l) {
    return keep_state().and_timeout(l.which, l.time, l.label);
  }
  transition handle_cast(state, const both& l) {
    return keep_state()
        .and_timeout(l.first.which, l.first.time, l.first.label)
        .and_timeout(l.second.which, l.second.time, l.second.label);
  }
  transition handle_cast(state, put_out l) { return keep_state().and_cancel_timeout(l.which); }
  transition handle_cast(state, go g) { return next_state(g.to); }
  transition handle_cast(state, const go_and_wait& g) {
    return next_state(g.to).and_event_timeout(60ms, g.label);
  }

  void handle_timeout(state now, lamp which, const std::string& label) {
    tell(fmt::format("named {} {}", which == lamp::red ? "red" : "blue", label), now);
  }
  void handle_event_timeout(state now, const std::string& label) {
    tell("event timeout " + label, now);
  }
  void handle_info(state now, const noise& event) { tell("info " + event.name, now); }

 private:
  void tell(const std::string& what, state now) {
    const auto name = now == s1 ? "s1" : now == s2 ? "s2" : "s3";
    otp::send(main_, news{fmt::format("{} in {}", what, name)});
  }

  otp::pid main_;
};

void watch(std::chrono::milliseconds patience) {
  otp::receive([](const news& n) { say("machine: {}", n.text); },
               otp::after(patience, [] { say("main: nothing"); }));
}

OTP_SCENARIO(sm_event_and_named_timeouts) {
  using lamp = machine::lamp;
  const auto m = otp::start<machine>(otp::this_process::self());
  const auto light = [](lamp which, std::chrono::milliseconds time, const char* label) {
    return machine::light{which, time, word(label)};
  };
  say("part 1");
  otp::cast(m, machine::event_timeout{word("e1")});
  watch(1000ms);
  say("part 2");
  otp::cast(m, machine::event_timeout{word("e2")});
  otp::send(m.pid(), noise{word("noise")});
  watch(1000ms);
  watch(150ms);
  say("part 3");
  otp::cast(m, machine::go_and_wait{machine::s2, word("e3")});
  watch(1000ms);
  say("part 4");
  otp::cast(m, machine::both{light(lamp::red, 120ms, "r1"), light(lamp::blue, 60ms, "b1")});
  otp::send(m.pid(), noise{word("noise")});
  otp::cast(m, machine::go{machine::s3});
  watch(1000ms);
  watch(1000ms);
  watch(1000ms);
  say("part 5");
  otp::cast(m, light(lamp::red, 60ms, "r2"));
  otp::cast(m, light(lamp::red, 120ms, "r3"));
  watch(1000ms);
  watch(150ms);
  say("part 6");
  otp::cast(m, light(lamp::red, 60ms, "r4"));
  otp::cast(m, machine::put_out{lamp::red});
  watch(150ms);
}

}  // namespace conformance::sm_event_and_named_timeouts
