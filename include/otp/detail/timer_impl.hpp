// How timers are made, asked and stopped.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>
#include <otp/timer.hpp>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace otp::detail {

OTP_DECL timer_cell& prepare_timer(std::string_view operation, std::chrono::nanoseconds delay,
                                   owned_envelope message) {
  if (delay.count() < 0) {  // P-102
    throw std::invalid_argument{std::string{operation} +
                                ": the delay is negative; give a duration of zero or more"};
  }
  auto& cell = timer_cells::instance().take();
  cell.message = message.release();
  return cell;
}

}  // namespace otp::detail

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
