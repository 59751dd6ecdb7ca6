// The version as numbers and as macros.
#include <otp/version.hpp>

#include "support/catch.hpp"

TEST_CASE("the version constant repeats the macros and orders as versions do") {
  CHECK(otp::library_version.major_number == OTP_VERSION_MAJOR);
  CHECK(otp::library_version.minor_number == OTP_VERSION_MINOR);
  CHECK(otp::library_version.patch_number == OTP_VERSION_PATCH);
  CHECK(otp::version_number{0, 2, 0} > otp::version_number{0, 1, 9});
}
