// A cast of a message that converts to another one, for which there is a handler.
// expect: otp::cast: the server has no handle_cast for exactly this message type
#include <otp/gen_server.hpp>

class counter : public otp::gen_server<counter> {
 public:
  struct set {
    int value;
  };
  struct set_to_one {
    operator set() const { return set{1}; }
  };
  void handle_cast(set) {}
};

void set(const otp::server_ref<counter>& server) {
#ifdef OTP_COMPILE_FAIL
  otp::cast(server, counter::set_to_one{});
#else
  otp::cast(server, static_cast<counter::set>(counter::set_to_one{}));
#endif
}
