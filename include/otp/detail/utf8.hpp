// Reading UTF-8 one character at a time, and cutting it where no character is torn.
#pragma once

#include <cstddef>
#include <string_view>

namespace otp::detail {

/// Returns the number of bytes of the character at the beginning of `text`, or 0 when there is
/// none: the text is empty or begins with bytes that are no UTF-8 (overlong forms and surrogates
/// included).
constexpr std::size_t utf8_length(std::string_view text) noexcept {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
  const auto within = [](unsigned value, unsigned low, unsigned high) {
    return low <= value && value <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = within(first, 0xC2, 0xDF)   ? 2
                             : within(first, 0xE0, 0xEF) ? 3
                             : within(first, 0xF0, 0xF4) ? 4
                                                         : 0;
  if (length == 0 || text.size() < length) return 0;
  // The second byte decides whether the form is overlong, a surrogate or beyond the last character.
  const unsigned low = first == 0xE0 ? 0xA0U : first == 0xF0 ? 0x90U : 0x80U;
  const unsigned high = first == 0xED ? 0x9FU : first == 0xF4 ? 0x8FU : 0xBFU;
  if (!within(byte(1), low, high)) return 0;
  for (std::size_t at = 2; at < length; ++at) {
    if (!within(byte(at), 0x80, 0xBF)) return 0;
  }
  return length;
}

/// Returns the largest length, at most `limit`, at which `text` may be cut without tearing a
/// character. Text that is no UTF-8 is cut at or shortly before `limit`.
constexpr std::size_t utf8_cut(std::string_view text, std::size_t limit) noexcept {
  if (text.size() <= limit) return text.size();
  constexpr std::size_t longest = 4;
  for (std::size_t back = 1; back < longest && back <= limit; ++back) {
    if (utf8_length(text.substr(limit - back)) > back) return limit - back;
  }
  return limit;
}

}  // namespace otp::detail
