// A handle_info whose message is not listed, so that it would never be called.
// expect: handle_info is never called: list its messages
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct tick {};
#ifndef OTP_COMPILE_FAIL
  using info = otp::messages<tick>;
#endif
  void handle_info(tick) {}
};

void begin() { otp::start<counter>(); }
