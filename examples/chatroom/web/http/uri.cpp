#include "web/http/uri.hpp"

#include "chat/text.hpp"

namespace chatroom::http {
namespace {

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

// Calls `use` with each part of `text` between separators.
template <class Use>
void split(std::string_view text, char separator, Use use) {
  for (;;) {
    const std::size_t end = text.find(separator);
    use(text.substr(0, end));
    if (end == std::string_view::npos) return;
    text.remove_prefix(end + 1);
  }
}

}  // namespace

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '+' && plus_is_space) {
      out += ' ';
    } else if (text[at] == '%') {
      if (at + 2 >= text.size()) return {};
      const int high = digit(text[at + 1]);
      const int low = digit(text[at + 2]);
      if (high < 0 || low < 0) return {};
      out += static_cast<char>(high * 16 + low);
      at += 2;
    } else {
      out += text[at];
    }
  }
  return out;
}

std::string percent_encode(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view{"-._~"}.find(c) != std::string_view::npos;
    if (plain) {
      out += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out += '%';
    out += digits[byte >> 4U];
    out += digits[byte & 0xFU];
  }
  return out;
}

std::optional<std::string> safe_path(std::string_view target) {
  auto path = percent_decode(target.substr(0, target.find_first_of("?#")));
  if (!path || !path->starts_with('/')) return {};
  if (path->find('\0') != std::string::npos || path->find('\\') != std::string::npos) return {};
  if (!text::is_valid_utf8(*path)) return {};
  bool escapes = false;
  split(*path, '/', [&](std::string_view segment) { escapes |= segment == ".."; });
  if (escapes) return {};
  return path;
}

std::string_view query_of(std::string_view target) {
  target = target.substr(0, target.find('#'));
  const std::size_t question = target.find('?');
  return question == std::string_view::npos ? std::string_view{} : target.substr(question + 1);
}

std::optional<form> form::parse(std::string_view encoded) {
  form out;
  bool good = true;
  if (encoded.empty()) return out;
  split(encoded, '&', [&](std::string_view field) {
    if (field.empty() || !good) return;
    const std::size_t equals = field.find('=');
    const auto name = percent_decode(field.substr(0, equals), true);
    const auto value = percent_decode(
        equals == std::string_view::npos ? std::string_view{} : field.substr(equals + 1), true);
    good = name && value && out.fields_.size() < max_fields;
    if (good) out.fields_.emplace_back(text::to_valid_utf8(*name), text::to_valid_utf8(*value));
  });
  if (!good) return {};
  return out;
}

std::optional<std::string_view> form::find(std::string_view name) const {
  for (auto field = fields_.rbegin(); field != fields_.rend(); ++field) {
    if (field->first == name) return field->second;
  }
  return {};
}

bool form::untouched(std::string_view name) const {
  const std::size_t bracket = name.rfind('[');
  const std::size_t key = bracket == std::string_view::npos ? 0 : bracket + 1;
  std::string mark{name.substr(0, key)};
  mark += "_unused_";
  mark += name.substr(key);
  return find(mark).has_value();
}

}  // namespace chatroom::http
