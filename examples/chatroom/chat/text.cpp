#include "chat/text.hpp"

#include <cstdint>

namespace chatroom::text {
namespace {

struct decoded {
  char32_t code_point;
  std::size_t length;  // 0: ill-formed at this position
};

bool is_continuation(std::string_view bytes, std::size_t at) {
  return at < bytes.size() && (static_cast<unsigned char>(bytes[at]) & 0xC0U) == 0x80U;
}

decoded decode(std::string_view bytes, std::size_t at) {
  const auto lead = static_cast<unsigned char>(bytes[at]);
  if (lead < 0x80U) return {lead, 1};
  std::size_t length = 0;
  char32_t value = 0;
  char32_t smallest = 0;  // anything below was written longer than needed
  if ((lead & 0xE0U) == 0xC0U) {
    length = 2, value = lead & 0x1FU, smallest = 0x80;
  } else if ((lead & 0xF0U) == 0xE0U) {
    length = 3, value = lead & 0x0FU, smallest = 0x800;
  } else if ((lead & 0xF8U) == 0xF0U) {
    length = 4, value = lead & 0x07U, smallest = 0x10000;
  } else {
    return {0, 0};
  }
  for (std::size_t i = 1; i < length; ++i) {
    if (!is_continuation(bytes, at + i)) return {0, 0};
    value = (value << 6U) | (static_cast<unsigned char>(bytes[at + i]) & 0x3FU);
  }
  const bool surrogate = value >= 0xD800 && value <= 0xDFFF;
  if (value < smallest || value > 0x10FFFF || surrogate) return {0, 0};
  return {value, length};
}

bool is_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0D) || c == 0x20 || c == 0x85 || c == 0xA0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F || c == 0x205F ||
         c == 0x3000;
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
  for (std::size_t at = 0; at < bytes.size();) {
    const auto [_, length] = decode(bytes, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

std::string to_valid_utf8(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  for (std::size_t at = 0; at < bytes.size();) {
    const auto [_, length] = decode(bytes, at);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
      ++at;
    } else {
      out.append(bytes, at, length);
      at += length;
    }
  }
  return out;
}

std::size_t code_points(std::string_view utf8) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < utf8.size(); ++at) count += !is_continuation(utf8, at);
  return count;
}

std::string_view trim(std::string_view utf8) {
  std::size_t first = utf8.size();
  std::size_t last = utf8.size();
  bool seen = false;
  for (std::size_t at = 0; at < utf8.size();) {
    const auto [c, length] = decode(utf8, at);
    const std::size_t step = length == 0 ? 1 : length;
    if (length == 0 || !is_space(c)) {
      if (!seen) first = at;
      seen = true;
      last = at + step;
    }
    at += step;
  }
  return seen ? utf8.substr(first, last - first) : std::string_view{};
}

bool has_control_characters(std::string_view utf8) {
  for (std::size_t at = 0; at < utf8.size();) {
    const auto [c, length] = decode(utf8, at);
    if (length == 0) {
      ++at;
      continue;
    }
    if (c < 0x20 || (c >= 0x7F && c <= 0x9F)) return true;
    at += length;
  }
  return false;
}

std::string initials(std::string_view name, std::size_t count) {
  std::string out;
  bool at_word_start = true;
  for (std::size_t at = 0; at < name.size() && count > 0;) {
    const auto [c, length] = decode(name, at);
    if (length == 0) {
      ++at;
      continue;
    }
    const bool separator = is_space(c) || c == '-' || c == '_' || c == '.';
    if (at_word_start && !separator) {
      if (c >= 'a' && c <= 'z') {
        out += static_cast<char>(c - 'a' + 'A');
      } else {
        out.append(name, at, length);
      }
      --count;
    }
    at_word_start = separator;
    at += length;
  }
  return out;
}

}  // namespace chatroom::text
