// A private terminate, which the library cannot call and would otherwise silently leave out.
// expect: terminate is not callable: declare `void terminate\(const otp::exit_reason&\)`, public
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
#ifndef OTP_COMPILE_FAIL
 public:
#endif
  void terminate(const otp::exit_reason&) {}
};

void begin() { otp::start<counter>(); }
