// Our port of scripts/sm_door.exs, whose first lines say what happens in it.
// Rows: S-001, S-002, S-003
#include "conformance/harness.hpp"
#include <otp/gen_statem.hpp>

namespace conformance::sm_door {

struct knock {
  std::string sound;
};

class door : public otp::gen_statem<door> {
 public:
  enum class state { locked, closed, open };
  using enum state;
  using info = otp::messages<knock>;

  struct where {
    using reply = std::string;
  };
  enum class action { unlock, open, lock, close };
  struct request {
    using reply = std::string;
    action what;
  };

  transition handle_call(in<locked>, request r, otp::from<std::string>& caller) {
    return r.what == action::unlock ? accept(closed, caller) : refuse(caller);
  }
  transition handle_call(in<closed>, request r, otp::from<std::string>& caller) {
    if (r.what == action::open) return accept(open, caller);
    return r.what == action::lock ? accept(locked, caller) : refuse(caller);
  }
  transition handle_call(in<open>, request r, otp::from<std::string>& caller) {
    return r.what == action::close ? accept(closed, caller) : refuse(caller);
  }

  std::string handle_call(state now, where) {
    return fmt::format("{} {}", name_of(now), accepted_);
  }
  void handle_info(state now, const knock& k) { say("door: {} while {}", k.sound, name_of(now)); }

 private:
  static const char* name_of(state s) {
    return s == locked ? "locked" : s == closed ? "closed" : "open";
  }
  transition accept(state next, otp::from<std::string>& caller) {
    ++accepted_;
    return next_state(next).and_reply(caller, "ok");
  }
  static transition refuse(otp::from<std::string>& caller) {
    return keep_state().and_reply(caller, "refused");
  }

  int accepted_ = 0;
};

OTP_SCENARIO(sm_door) {
  const auto d = otp::start<door>();
  const auto ask = [d](const char* label, auto message) {
    say("client: {} {}", label, attempt([&] { return otp::call(d, message); }));
  };
  using action = door::action;
  ask("where", door::where{});
  ask("open", door::request{action::open});
  ask("unlock", door::request{action::unlock});
  ask("open", door::request{action::open});
  otp::send(d.pid(), knock{word("knock")});
  ask("lock", door::request{action::lock});
  ask("close", door::request{action::close});
  ask("lock", door::request{action::lock});
  ask("where", door::where{});
  ask("lock", door::request{action::lock});
}

}  // namespace conformance::sm_door
