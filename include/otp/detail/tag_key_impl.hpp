// How the key of a series is built and taken apart.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/tag_key.hpp>
#include <otp/detail/utf8.hpp>

namespace otp::detail {

OTP_DECL void tag_key::add(const field_value* value) {
  if (value == nullptr) {
    add(std::string_view{});
  } else if (const auto* const text = value->get<std::string>()) {
    add(std::string_view{*text});
  } else {
    add(std::string_view{value->to_string()});
  }
}

OTP_DECL void tag_key::add(std::string_view text) {
  constexpr std::string_view replacement = "\xEF\xBF\xBD";
  const std::size_t start = buffer_.size();
  append(std::string_view{"\0\0", 2});
  std::size_t length = 0;
  while (!text.empty()) {
    const std::size_t read = utf8_length(text);
    const std::string_view next = read == 0 ? replacement : text.substr(0, read);
    if (length + next.size() > max_tag_bytes) break;
    append(next);
    length += next.size();
    text.remove_prefix(read == 0 ? 1 : read);
  }
  buffer_[start] = static_cast<char>(length >> 8);
  buffer_[start + 1] = static_cast<char>(length & 0xFF);
}

OTP_DECL std::vector<std::string> tag_key::values(std::string_view key) {
  std::vector<std::string> found;
  while (!key.empty()) {
    const auto byte = [&](std::size_t at) {
      return static_cast<std::size_t>(static_cast<unsigned char>(key[at]));
    };
    const std::size_t length = byte(0) << 8 | byte(1);
    found.emplace_back(key.substr(2, length));
    key.remove_prefix(2 + length);
  }
  return found;
}

}  // namespace otp::detail
