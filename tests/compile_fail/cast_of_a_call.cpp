// A cast of a message that expects an answer, which would be thrown away.
// expect: otp::cast: the message has a reply type, so it is a call: use otp::call
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct get {
    using reply = int;
  };
  int handle_call(get) { return 0; }
};

void ask(const otp::server_ref<counter>& server) {
#ifdef OTP_COMPILE_FAIL
  otp::cast(server, counter::get{});
#else
  (void)otp::call(server, counter::get{});
#endif
}
