// A cast with a pointer to memory that belongs to the sender.
// expect: a message may not hold references, raw pointers, string_view or span
#include <otp/gen_server.hpp>

class sum : public otp::gen_server<sum> {
 public:
  struct add {
#ifdef OTP_COMPILE_FAIL
    const int* amount;
#else
    int amount;
#endif
  };
  void handle_cast(add) {}
};

void add(const otp::server_ref<sum>& server) { otp::cast(server, sum::add{0}); }
