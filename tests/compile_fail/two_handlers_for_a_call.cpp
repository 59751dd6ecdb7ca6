// A call that two handlers could answer.
// expect: the server has both handle_call\(M\) and handle_call\(M, from\): keep one
#include <otp/gen_server.hpp>

#include <utility>

class counter : public otp::gen_server<counter> {
 public:
  struct get {
    using reply = int;
  };
  int handle_call(get) { return 0; }
#ifdef OTP_COMPILE_FAIL
  void handle_call(get, otp::from<int> from) { from.reply(0); }
#endif
};

int ask(const otp::server_ref<counter>& server) { return otp::call(server, counter::get{}); }
