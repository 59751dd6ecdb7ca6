// A timeout of the state that nobody handles.
// expect: a state does not handle this event
#include <otp/gen_statem.hpp>

#include <chrono>

class lamp : public otp::gen_statem<lamp> {
 public:
  enum class state { on, off };
  using enum state;
  struct push {};
  transition handle_cast(in<off>, push) {
    return next_state(on).and_state_timeout(std::chrono::seconds{1});
  }
  transition handle_cast(in<on>, push) { return next_state(off); }
#ifdef OTP_COMPILE_FAIL
  transition handle_state_timeout(in<on>, int) { return next_state(off); }
#else
  transition handle_state_timeout(state) { return next_state(off); }
#endif
};

void use(const otp::server_ref<lamp>& machine) { otp::cast(machine, lamp::push{}); }
