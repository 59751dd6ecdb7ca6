// How many random sequences a test runs, and from which seed on: few by default, more when
// OTP_TEST_SEQUENCES says so, others when OTP_TEST_SEED does.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace otp_test {

inline std::uint64_t number_from_environment(const char* name, std::uint64_t by_default) {
  const char* const wanted = std::getenv(name);
  return wanted == nullptr ? by_default : std::strtoull(wanted, nullptr, 10);
}

inline std::uint64_t sequences(std::uint64_t by_default) {
  return number_from_environment("OTP_TEST_SEQUENCES", by_default);
}

inline std::uint64_t first_seed() { return number_from_environment("OTP_TEST_SEED", 1); }

}  // namespace otp_test
