// Our port of scripts/timer_due_order.exs, whose first lines say what happens in it.
// Rows: P-099
#include "conformance/harness.hpp"

#include <otp/timer.hpp>

namespace conformance::timer_due_order {

struct due {
  std::string what;
};

OTP_SCENARIO(timer_due_order) {
  const auto me = otp::this_process::self();
  otp::send_after(150ms, me, due{word("c")});
  otp::send_after(30ms, me, due{word("a")});
  otp::send_after(90ms, me, due{word("b")});
  const auto x = otp::send_after(60ms, me, due{"x"});
  otp::send(me, due{word("plain")});
  otp::cancel_timer(x);
  for (int i = 0; i < 4; ++i) say("main: got {}", await<due>().what);
  say("main: {}", mailbox());
}

}  // namespace conformance::timer_due_order
