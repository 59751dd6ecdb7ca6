// How the settings of a supervisor are checked.
#pragma once

#include <otp/config.hpp>
#include <otp/supervisor_spec.hpp>

#include <span>
#include <string>

namespace otp {

OTP_DECL result<void, invalid_supervisor> validate(const restart_intensity& intensity) {
  if (intensity.within > std::chrono::nanoseconds::zero()) return {};
  return failure{invalid_supervisor{
      "the supervisor's intensity is wrong: .within must be more than zero; to allow no restart at "
      "all, set .max_restarts = 0"}};
}

OTP_DECL result<void, invalid_supervisor> validate(const restart_backoff& backoff) {
  constexpr std::chrono::nanoseconds zero{0};
  const auto refused = [](const char* advice) {
    return failure{invalid_supervisor{std::string{"the supervisor's backoff is wrong: "} + advice}};
  };
  if (backoff.base < zero) {
    return refused(".base is negative; give the wait before the first restart, or zero for none");
  }
  if (backoff.base == zero && (backoff.max != zero || backoff.jitter != 0)) {
    return refused(".base is missing; give the wait before the first restart");
  }
  if (backoff.max != zero && backoff.max < backoff.base) {
    return refused(
        ".max is less than .base; give the longest wait, or leave it out to wait .base each time");
  }
  if (!(backoff.jitter >= 0 && backoff.jitter <= 1)) {  // also if it is not a number
    return refused(".jitter must be from 0 to 1, the share of each wait that is left to chance");
  }
  if (backoff.reset_after <= zero) {
    return refused(
        ".reset_after must be more than zero; it says how long a child must run for its waits to "
        "begin with .base again");
  }
  return {};
}

OTP_DECL result<void> validate(const supervisor_spec& spec) {
  if (const auto valid = validate(spec.intensity); !valid) {
    return failure{exit_reason{valid.error()}};
  }
  if (const auto valid = validate(spec.backoff); !valid) {
    return failure{exit_reason{valid.error()}};
  }
  if (const auto valid = validate(std::span{spec.children}, spec.auto_shutdown); !valid) {
    return failure{exit_reason{valid.error()}};
  }
  return {};
}

}  // namespace otp
