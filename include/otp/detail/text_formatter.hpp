// What our formatters are derived from. A type is formatted by making its text and writing it as a string
// is written, which the library does: a file that only mentions the type compiles nothing of {fmt}.
#pragma once

#include <otp/config.hpp>

#include <fmt/core.h>

#include <string_view>

namespace otp::detail {

struct OTP_VISIBLE text_formatter : fmt::formatter<fmt::string_view> {
 protected:
  fmt::appender write(std::string_view text, fmt::format_context& context) const;
  /// For contexts of another kind, as FMT_COMPILE has them.
  template <class Context>
  typename Context::iterator write(std::string_view text, Context& context) const {
    return fmt::formatter<fmt::string_view>::format(fmt::string_view{text.data(), text.size()},
                                                    context);
  }
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/text_formatter_impl.hpp>
#endif
