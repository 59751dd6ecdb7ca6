// Our port of scripts/sm_inserted_events.exs, whose first lines say what happens in it.
// Rows: S-019, S-023, S-024
#include "conformance/harness.hpp"
#include <otp/gen_statem.hpp>

namespace conformance::sm_inserted_events {

class machine : public otp::gen_statem<machine> {
 public:
  enum class state { a, b };
  using enum state;
  struct step {
    std::string name;
    bool inserts_more = false;
  };
  struct go {};
  struct old {
    std::string name;
  };
  struct queued {
    std::string name;
  };
  struct sync {
    using reply = void;
  };

  void handle_call(state, sync) {}

  transition handle_cast(in<a>, const old& event) {
    say("machine: postpone {}", event.name);
    return postpone();
  }
  transition handle_cast(in<a>, go) {
    otp::cast(self(), queued{word("queued")});
    say("machine: go");
    return next_state(b)
        .and_next_event(step{.name = word("i1"), .inserts_more = true})
        .and_next_event(step{.name = word("i2")});
  }
  void handle_cast(in<b>, const old& event) { say("machine: cast {}", event.name); }
  void handle_cast(in<b>, const queued& event) { say("machine: cast {}", event.name); }
  transition handle_cast(state, const queued&) { return postpone(); }
  void handle_cast(state, go) {}

  transition handle_internal(state, const step& event) {
    say("machine: internal {}", event.name);
    if (!event.inserts_more) return keep_state();
    return keep_state().and_next_event(step{.name = word("i3")});
  }
};

OTP_SCENARIO(sm_inserted_events) {
  const auto m = otp::start<machine>();
  otp::cast(m, machine::old{word("old")});
  otp::cast(m, machine::go{});
  otp::call(m, machine::sync{});
  otp::call(m, machine::sync{});
  say("client: done");
}

}  // namespace conformance::sm_inserted_events
