// A cast that one state of the machine has no handler for.
// expect: a state does not handle this event
#include <otp/gen_statem.hpp>

class lamp : public otp::gen_statem<lamp> {
 public:
  enum class state { on, off };
  using enum state;
  struct push {};
  transition handle_cast(in<on>, push) { return next_state(off); }
#ifndef OTP_COMPILE_FAIL
  transition handle_cast(in<off>, push) { return next_state(on); }
#endif
};

void use(const otp::server_ref<lamp>& machine) { otp::cast(machine, lamp::push{}); }
