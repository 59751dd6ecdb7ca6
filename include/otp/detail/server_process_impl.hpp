// What is said of servers, whatever their class.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/server_process.hpp>

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <string_view>

namespace otp::detail {

OTP_DECL std::string without_format_status(std::string_view type) {
  return fmt::format("{} (no format_status)", type);
}

OTP_DECL void discard_unhandled(process& p, envelope& e, std::string_view type) {
  p.core().warn(
      fmt::format("{} {} got a message that it does not handle: {}", type, p.id(), e.ops->name()));
  e.ops->discard(e, {});
}

OTP_DECL void refuse_continuation(const envelope& e, std::string_view type) {
  throw std::logic_error{fmt::format(
      "{} has no handle_continue for {}: list it in `using continues = otp::messages<...>;`", type,
      e.ops->name())};
}

}  // namespace otp::detail
