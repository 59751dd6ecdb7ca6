// How a server that is known by its pid is stopped.
#pragma once

#include <otp/call.hpp>
#include <otp/config.hpp>

#include <fmt/format.h>

#include <chrono>
#include <utility>

namespace otp {

OTP_DECL void stop(const pid& server, exit_reason why, std::chrono::nanoseconds timeout) {
  detail::perform_stop(server, detail::pid_text(server), std::move(why), timeout);
}

}  // namespace otp
