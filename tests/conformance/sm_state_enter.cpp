// Our port of scripts/sm_state_enter.exs, whose first lines say what happens in it.
// Rows: S-013, S-014, S-015, S-016, S-017
#include "conformance/harness.hpp"
#include <otp/gen_statem.hpp>

namespace conformance::sm_state_enter {

class machine : public otp::gen_statem<machine> {
 public:
  enum class state { a, b, c };
  using enum state;
  struct stay {};
  struct same {};
  struct repeat {};
  struct waiting {
    std::string name;
  };
  struct move {
    using reply = std::string;
  };
  struct sync {
    using reply = void;
  };

  entered handle_enter(in<c>, state old) {
    say("machine: enter {} c", name_of(old));
    return entered{}.and_reply(mover_, word("arrived"));
  }
  void handle_enter(state now, state old) {
    say("machine: enter {} {}", name_of(old), name_of(now));
  }

  void handle_cast(state now, stay) { say("machine: stay in {}", name_of(now)); }
  transition handle_cast(state now, same) {
    say("machine: same in {}", name_of(now));
    return next_state(now);
  }
  transition handle_cast(state now, repeat) {
    say("machine: repeat in {}", name_of(now));
    return repeat_state();
  }
  void handle_cast(state now, const waiting& event) {
    say("machine: {} handled in {}", event.name, name_of(now));
  }
  void handle_call(state, sync) {}

  transition handle_call(in<a>, move, otp::from<std::string>& caller) {
    set_out("a");
    return next_state(b).and_reply(caller, word("ok"));
  }
  transition handle_call(state now, move, otp::from<std::string>& caller) {
    set_out(name_of(now));
    mover_ = std::move(caller);
    return next_state(c);
  }

 private:
  static std::string name_of(state s) { return s == a ? "a" : s == b ? "b" : "c"; }
  static void set_out(const std::string& from) {
    say("machine: move from {}", from);
    otp::cast(self(), waiting{word("waiting")});
  }

  otp::from<std::string> mover_;
};

OTP_SCENARIO(sm_state_enter) {
  const auto m = otp::start<machine>();
  otp::cast(m, machine::stay{});
  otp::cast(m, machine::same{});
  otp::cast(m, machine::repeat{});
  otp::call(m, machine::sync{});
  for (int i = 0; i < 2; ++i) {
    const auto answer = otp::call(m, machine::move{});
    otp::call(m, machine::sync{});
    say("client: {}", answer);
  }
}

}  // namespace conformance::sm_state_enter
