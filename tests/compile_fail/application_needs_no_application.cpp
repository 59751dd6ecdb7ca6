// An application that needs something else.
// expect: depends_on of an application lists something that is no application
#include <otp/application_controller.hpp>

struct table {};

class bar : public otp::application<bar> {
 public:
  static constexpr std::string_view name = "bar";
#ifdef OTP_COMPILE_FAIL
  using depends_on = otp::applications<table>;
#endif
};

void begin() { otp::application_controller::ensure_all_started<bar>().value(); }
