// A call with a message that has no reply.
// expect: otp::call: the message has no reply type, so it is a cast or an info
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct reset {};
  void handle_cast(reset) {}
};

void ask(const otp::server_ref<counter>& server) {
#ifdef OTP_COMPILE_FAIL
  otp::call(server, counter::reset{});
#else
  otp::cast(server, counter::reset{});
#endif
}
