// A handler whose result is not what the message promises to its callers.
// expect: handle_call must return exactly M::reply, or otp::reply<M::reply>
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct get {
    using reply = long;
  };
#ifdef OTP_COMPILE_FAIL
  int handle_call(get) { return 0; }
#else
  long handle_call(get) { return 0; }
#endif
};

long ask(const otp::server_ref<counter>& server) { return otp::call(server, counter::get{}); }
