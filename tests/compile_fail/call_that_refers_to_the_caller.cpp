// A request with a view of memory that belongs to the caller, which may be gone when it is handled.
// expect: a message may not hold references, raw pointers, string_view or span
#include <otp/gen_server.hpp>

#include <string>
#include <string_view>

class register_of_names : public otp::gen_server<register_of_names> {
 public:
  struct add {
    using reply = bool;
#ifdef OTP_COMPILE_FAIL
    std::string_view name;
#else
    std::string name;
#endif
  };
  bool handle_call(add) { return true; }
};

bool add(const otp::server_ref<register_of_names>& server) {
  return otp::call(server, register_of_names::add{"ada"});
}
