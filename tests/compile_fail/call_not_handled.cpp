// A call that the server has no handler for.
// expect: otp::call: the server has no handle_call for exactly this message type
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct get {
    using reply = int;
  };
  struct add {
    using reply = int;
    int amount = 1;
  };
  int handle_call(get) { return 0; }
};

int ask(const otp::server_ref<counter>& server) {
#ifdef OTP_COMPILE_FAIL
  return otp::call(server, counter::add{});
#else
  return otp::call(server, counter::get{});
#endif
}
