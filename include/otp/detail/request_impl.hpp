// The requests that every server understands.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/request.hpp>

#include <fmt/format.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace otp::detail {

OTP_DECL exit_reason not_a(std::string_view type) {
  return exit_reason{fmt::format("the process is not a {}", type)};
}

OTP_DECL void stop_request::discard(envelope& e, const exit_reason& why) noexcept {
  auto& self = static_cast<stop_request&>(e);
  if (self.taken && why == self.why) {
    self.answer();  // G-073
  } else {
    self.fail(why);
  }
}

OTP_DECL void stop_request::run(process& p, envelope& e) {
  auto& self = static_cast<stop_request&>(e);
  p.in_flight = &self;  // answered when the process is gone
  p.end = self.why;
  self.taken = true;
}

OTP_DECL void perform_stop(const pid& server, std::string description, exit_reason why,
                           std::chrono::nanoseconds timeout) {
  auto answer = unpack_answer<void>(ask<stop_request>(server, timeout, why));
  if (answer) return;
  throw exit_error{
      exit_reason::from_call(std::move(answer).error(), std::move(description), "stop")};
}

}  // namespace otp::detail
