// Our port of scripts/sm_postpone_replay.exs, whose first lines say what happens in it.
// Rows: S-019, S-020, S-021
#include "conformance/harness.hpp"
#include <otp/gen_statem.hpp>

namespace conformance::sm_postpone_replay {

class machine : public otp::gen_statem<machine> {
 public:
  enum class state { busy, idle };
  using enum state;
  struct job {
    std::string number;
    bool last_before_a_break = false;
  };
  struct nudge {};
  struct go_idle {};
  struct which {
    using reply = std::string;
  };

  transition handle_cast(in<busy>, const job& j) {
    say("machine: postpone job {}", j.number);
    return postpone();
  }
  transition handle_cast(in<idle>, const job& j) {
    if (!j.last_before_a_break) {
      say("machine: run job {}", j.number);
      return keep_state();
    }
    say("machine: run job {}, back to busy", j.number);
    return next_state(busy);
  }
  transition handle_cast(state now, nudge) {
    say("machine: nudge");
    return next_state(now);
  }
  transition handle_cast(state, go_idle) {
    say("machine: go idle");
    return next_state(idle);
  }
  std::string handle_call(state now, which) { return now == idle ? "idle" : "busy"; }
};

OTP_SCENARIO(sm_postpone_replay) {
  const auto m = otp::start<machine>();
  const auto job = [](const char* number, bool last = false) {
    return machine::job{.number = word(number), .last_before_a_break = last};
  };
  otp::cast(m, job("1"));
  otp::cast(m, job("2", true));
  otp::cast(m, machine::nudge{});
  otp::cast(m, job("3"));
  otp::cast(m, machine::go_idle{});
  otp::cast(m, job("4"));
  otp::cast(m, machine::go_idle{});
  say("client: state {}", otp::call(m, machine::which{}));
}

}  // namespace conformance::sm_postpone_replay
