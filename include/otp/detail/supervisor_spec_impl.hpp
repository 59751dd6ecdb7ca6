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

OTP_DECL result<void> validate(const supervisor_spec& spec) {
  if (const auto valid = validate(spec.intensity); !valid) {
    return failure{exit_reason{valid.error()}};
  }
  if (const auto valid = validate(std::span{spec.children}, spec.auto_shutdown); !valid) {
    return failure{exit_reason{valid.error()}};
  }
  return {};
}

}  // namespace otp
