// A message with a view of memory that belongs to the sender.
// expect: a message may not hold references, raw pointers, string_view or span
#include <otp/process.hpp>

#include <string>
#include <string_view>

struct greeting {
#ifdef OTP_COMPILE_FAIL
  std::string_view whom;
#else
  std::string whom;
#endif
};

void greet(const otp::pid& process) { otp::send(process, greeting{"ada"}); }
