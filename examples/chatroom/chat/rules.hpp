// The rules for names and messages. The server decides; HTML attributes only help.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chatroom::chat {

/// Limits in Unicode code points, counted after trimming (C-003, C-004, C-005).
inline constexpr std::size_t max_name = 20;
inline constexpr std::size_t max_body = 500;

/// No field is looked at beyond this many bytes.
inline constexpr std::size_t max_field_bytes = 4096;

/// The outcome of a check: the cleaned value, or the reason to show next to the field.
struct checked {
  std::string value{};
  std::string reason{};  // empty: the value is good

  explicit operator bool() const { return reason.empty(); }
};

/// Trims a name and checks it: not blank, at most `max_name` characters, no control characters.
checked check_name(std::string_view name);

/// Trims a message body and checks it: not blank, at most `max_body` characters.
checked check_body(std::string_view body);

}  // namespace chatroom::chat
