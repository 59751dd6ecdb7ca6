// How a text is written with the format options of a string.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/text_formatter.hpp>

#include <fmt/format.h>

#include <string_view>

namespace otp::detail {

OTP_DECL fmt::appender text_formatter::write(std::string_view text,
                                             fmt::format_context& context) const {
  return fmt::formatter<fmt::string_view>::format(fmt::string_view{text.data(), text.size()},
                                                  context);
}

}  // namespace otp::detail
