// A handle_continue whose message is not listed, so that it would never be called.
// expect: handle_continue is never called: list its messages
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct load {};
#ifndef OTP_COMPILE_FAIL
  using continues = otp::messages<load>;
#endif
  otp::noreply init() { return otp::noreply{}.and_continue(load{}); }
  void handle_continue(load) {}
};

void begin() { otp::start<counter>(); }
