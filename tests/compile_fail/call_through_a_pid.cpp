// A call to a plain pid: nothing says which server it is.
// expect: server_address|server_type
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct get {
    using reply = int;
  };
  int handle_call(get) { return 0; }
};

int ask(const otp::pid& server) {
#ifdef OTP_COMPILE_FAIL
  return otp::call(server, counter::get{});
#else
  return otp::call(otp::server_ref<counter>{server}, counter::get{});
#endif
}
