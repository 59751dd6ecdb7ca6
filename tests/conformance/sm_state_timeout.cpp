// Our port of scripts/sm_state_timeout.exs, whose first lines say what happens in it.
// Rows: S-026, S-027, S-029, S-030
#include "conformance/harness.hpp"
#include <otp/gen_statem.hpp>

namespace conformance::sm_state_timeout {

struct news {
  std::string text;
};
struct noise {
  std::string name;
};

class machine : public otp::gen_statem<machine> {
 public:
  enum class state { on, off };
  using enum state;
  using info = otp::messages<noise>;
  struct start_timeout {
    std::chrono::milliseconds time;
    std::string label;
  };
  struct cancel {};
  struct leave {};
  struct come_back {
    std::chrono::milliseconds time;
    std::string label;
  };

  explicit machine(const otp::pid& main) : main_{main} {}

  transition handle_cast(state, const start_timeout& t) {
    return keep_state().and_state_timeout(t.time, t.label);
  }
  transition handle_cast(state, cancel) { return keep_state().and_cancel_state_timeout(); }
  transition handle_cast(state, leave) { return next_state(off); }
  transition handle_cast(state, const come_back& t) {
    return next_state(on).and_state_timeout(t.time, t.label);
  }
  void handle_info(state now, const noise& event) { tell("info " + event.name, now); }
  void handle_state_timeout(state now, const std::string& label) {
    tell("state_timeout " + label, now);
  }

 private:
  void tell(const std::string& what, state now) {
    otp::send(main_, news{fmt::format("{} in {}", what, now == on ? "on" : "off")});
  }

  otp::pid main_;
};

void watch(std::chrono::milliseconds patience) {
  otp::receive([](const news& n) { say("machine: {}", n.text); },
               otp::after(patience, [] { say("main: nothing"); }));
}

OTP_SCENARIO(sm_state_timeout) {
  const auto m = otp::start<machine>(otp::this_process::self());
  const auto start_timeout = [m](std::chrono::milliseconds time, const char* label) {
    otp::cast(m, machine::start_timeout{time, word(label)});
  };
  say("part 1");
  start_timeout(60ms, "t1");
  otp::send(m.pid(), noise{word("noise")});
  watch(1000ms);
  watch(1000ms);
  watch(150ms);
  say("part 2");
  start_timeout(60ms, "t2");
  otp::cast(m, machine::leave{});
  watch(150ms);
  say("part 3");
  otp::cast(m, machine::come_back{30ms, word("t3")});
  watch(1000ms);
  say("part 4");
  start_timeout(60ms, "t4");
  start_timeout(120ms, "t5");
  watch(1000ms);
  watch(150ms);
  say("part 5");
  start_timeout(60ms, "t6");
  otp::cast(m, machine::cancel{});
  watch(150ms);
}

}  // namespace conformance::sm_state_timeout
