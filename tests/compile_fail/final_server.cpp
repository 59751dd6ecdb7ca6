// A final server class, whose misspelt hooks could not be found.
// expect: a server class may not be final
#include <otp/gen_server.hpp>

#ifdef OTP_COMPILE_FAIL
class counter final : public otp::gen_server<counter> {};
#else
class counter : public otp::gen_server<counter> {};
#endif

void begin() { otp::start<counter>(); }
