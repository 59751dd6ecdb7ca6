// An application whose start returns no tree.
// expect: start of an application returns an otp::supervisor_spec
#include <otp/application_controller.hpp>

class bar : public otp::application<bar> {
 public:
  static constexpr std::string_view name = "bar";
#ifdef OTP_COMPILE_FAIL
  int start(otp::start_type) { return 1; }
#else
  void start(otp::start_type) {}
#endif
};

void begin() { otp::application_controller::start<bar>().value(); }
