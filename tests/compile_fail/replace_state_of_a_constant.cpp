// A state that cannot be replaced, because its class cannot be assigned.
// expect: otp::sys::replace_state: the server's class has no move assignment
#include <otp/gen_server.hpp>
#include <otp/sys.hpp>

class counter : public otp::gen_server<counter> {
 public:
  explicit counter(int start) : start_{start} {}

 private:
#ifdef OTP_COMPILE_FAIL
  const int start_;
#else
  int start_;
#endif
};

void repair(const otp::server_ref<counter>& server) {
  otp::sys::replace_state(server, [](const counter&) { return counter{1}; });
}
