// A call whose handler is private.
// expect: otp::call: the server has no handle_call for exactly this message type
// expect: public
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct get {
    using reply = int;
  };
#ifdef OTP_COMPILE_FAIL
 private:
#endif
  int handle_call(get) { return 0; }
};

int ask(const otp::server_ref<counter>& server) { return otp::call(server, counter::get{}); }
