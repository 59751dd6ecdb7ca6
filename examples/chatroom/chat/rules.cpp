#include "chat/rules.hpp"

#include "chat/text.hpp"

#include <fmt/format.h>

namespace chatroom::chat {
namespace {

checked check(std::string_view raw, std::size_t limit) {
  if (raw.size() > max_field_bytes) return {.reason = fmt::format("at most {} characters", limit)};
  if (!text::is_valid_utf8(raw)) return {.reason = "is not valid text"};
  const std::string_view trimmed = text::trim(raw);
  if (trimmed.empty()) return {.reason = "can't be blank"};
  if (text::code_points(trimmed) > limit) {
    return {.reason = fmt::format("at most {} characters", limit)};
  }
  return {.value = std::string{trimmed}};
}

}  // namespace

checked check_name(std::string_view name) {
  checked result = check(name, max_name);
  if (result && text::has_control_characters(result.value)) {
    return {.reason = "can't contain control characters"};
  }
  return result;
}

checked check_body(std::string_view body) {
  return check(body, max_body);
}

}  // namespace chatroom::chat
