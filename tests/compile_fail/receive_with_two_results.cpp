// A receive whose handlers do not agree on what it returns.
// expect: all handlers of one receive must return the same type
#include <otp/receive.hpp>

struct yes {};
struct no {};

int answer() {
#ifdef OTP_COMPILE_FAIL
  return otp::receive([](yes) { return 1; }, [](no) { return false; });
#else
  return otp::receive([](yes) { return 1; }, [](no) { return 0; });
#endif
}
