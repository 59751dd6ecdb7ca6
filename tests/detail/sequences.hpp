// How many random sequences a test runs: few by default, more when OTP_TEST_SEQUENCES says so.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace otp_test {

inline std::uint64_t sequences(std::uint64_t by_default) {
  const char* const wanted = std::getenv("OTP_TEST_SEQUENCES");
  return wanted == nullptr ? by_default : std::strtoull(wanted, nullptr, 10);
}

}  // namespace otp_test
