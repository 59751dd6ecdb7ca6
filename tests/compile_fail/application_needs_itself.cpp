// Two applications that need each other.
// expect: an application needs itself by way of its depends_on
#include <otp/application_controller.hpp>

class kitchen;
class bar;

class kitchen : public otp::application<kitchen> {
 public:
  static constexpr std::string_view name = "kitchen";
#ifdef OTP_COMPILE_FAIL
  using depends_on = otp::applications<bar>;
#endif
};

class bar : public otp::application<bar> {
 public:
  static constexpr std::string_view name = "bar";
  using depends_on = otp::applications<kitchen>;
};

void begin() { otp::application_controller::ensure_all_started<bar>().value(); }
