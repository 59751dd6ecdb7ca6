// How a pid is written.
#pragma once

#include <otp/config.hpp>
#include <otp/pid.hpp>

#include <fmt/format.h>

#include <string>

namespace otp::detail {

OTP_DECL std::string pid_text(const pid& id) {
  return fmt::format("<{}.{}>", id.node, id.serial & 0xFFFF'FFFF'FFFFULL);
}

}  // namespace otp::detail
