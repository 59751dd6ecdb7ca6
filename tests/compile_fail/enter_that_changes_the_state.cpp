// An enter call that wants to go on to another state (S-018).
// expect: handle_enter must return void or entered
#include <otp/gen_statem.hpp>

class lamp : public otp::gen_statem<lamp> {
 public:
  enum class state { on, off };
  using enum state;
#ifdef OTP_COMPILE_FAIL
  transition handle_enter(in<on>, state) { return next_state(off); }
#else
  entered handle_enter(in<on>, state) { return {}; }
#endif
};

auto use() { return otp::start<lamp>(); }
