// A terminate that the library could not call and would otherwise silently leave out.
// expect: terminate is not callable: declare `void terminate\(const otp::exit_reason&\)`, public
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
#ifdef OTP_COMPILE_FAIL
  void terminate(int) {}
#else
  void terminate(const otp::exit_reason&) {}
#endif
};

void begin() { otp::start<counter>(); }
