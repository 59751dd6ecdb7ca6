// How the timers of send_after are asked and stopped.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>
#include <otp/timer.hpp>

#include <chrono>
#include <optional>

namespace otp {

OTP_DECL std::optional<std::chrono::nanoseconds> cancel_timer(const timer_ref& timer) {
  if (!timer) return std::nullopt;
  const auto now = detail::current_core("otp::cancel_timer").now();
  const auto left = detail::cancel_cell(timer.handle(), now);
  if (!left) return std::nullopt;
  return std::chrono::nanoseconds{*left};
}

OTP_DECL std::optional<std::chrono::nanoseconds> read_timer(const timer_ref& timer) {
  if (!timer) return std::nullopt;
  const auto now = detail::current_core("otp::read_timer").now();
  const auto left = detail::time_left(timer.handle(), now);
  if (!left) return std::nullopt;
  return std::chrono::nanoseconds{*left};
}

}  // namespace otp
