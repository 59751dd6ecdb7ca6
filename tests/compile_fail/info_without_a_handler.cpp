// A message that is listed in `info` and has no handler.
// expect: a message listed in `info` has no handler: declare `void handle_info\(M\)`, public
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct tick {};
  struct tock {};
#ifdef OTP_COMPILE_FAIL
  using info = otp::messages<tick, tock>;
#else
  using info = otp::messages<tick>;
#endif
  void handle_info(tick) {}
};

void begin() { otp::start<counter>(); }
