// How an application_error reads.
#pragma once

#include <otp/application_error.hpp>
#include <otp/config.hpp>

#include <fmt/format.h>

#include <string>

namespace otp {

OTP_DECL std::string application_error::to_string() const {
  const auto name = "application \"" + application + "\"";
  switch (what) {
    case application_refusal::already_started:
      return name + " runs already";
    case application_refusal::not_started:
      return name + " does not run; start it first, or use ensure_all_started";
    case application_refusal::already_loaded:
      return name + " is loaded already; unload the other one of this name first";
    case application_refusal::not_loaded:
      return name + " is not known; load its application_spec first";
    case application_refusal::running:
      return name + " runs; stop it before it is unloaded";
    case application_refusal::needs_itself: {
      std::string circle;
      for (const auto& each : way) circle += (circle.empty() ? "" : " -> ") + each;
      return name + " needs itself: " + circle + "; take one of these out of .applications";
    }
    case application_refusal::start_failed:
      return name + " did not start" + (phase.empty() ? "" : ", in phase \"" + phase + "\"") + ": " +
             reason.to_string();
    case application_refusal::stopping:
      return name + " cannot start: all applications are being stopped";
  }
  return name;
}

}  // namespace otp
