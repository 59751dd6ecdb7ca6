// The two written forms of a log event: a line for people, and one JSON object.
#pragma once

#include <otp/detail/utf8.hpp>
#include <otp/field.hpp>
#include <otp/logger.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>

namespace otp::detail {

// A value longer than this is cut in a line; the event itself holds all of it.
inline constexpr std::size_t longest_written_value = 1024;
inline constexpr std::size_t longest_written_details = std::size_t{8} << 10;

constexpr bool is_control(char each) noexcept {
  return static_cast<unsigned char>(each) < 0x20 || each == 0x7F;
}

// Shows control characters as \n, \t or \x1b. C1 controls, two bytes in UTF-8, are shown too: some
// terminals obey them.
inline void append_escaped(std::string& out, std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char each = text[at];
    const bool c1 = each == '\xC2' && at + 1 < text.size() &&
                    static_cast<unsigned char>(text[at + 1]) >= 0x80 &&
                    static_cast<unsigned char>(text[at + 1]) < 0xA0;
    if (each == '\n') {
      out += "\\n";
    } else if (each == '\t') {
      out += "\\t";
    } else if (c1) {
      ++at;
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(text[at]));
    } else if (is_control(each)) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned char>(each));
    } else {
      out += each;
    }
  }
}

inline std::string cut(std::string text, std::size_t limit) {
  if (text.size() > limit) {
    text.resize(utf8_cut(text, limit));
    text += "...";
  }
  return text;
}

inline std::string written_value(const field_value& value) {
  return cut(value.to_string(), longest_written_value);
}

inline std::string written_details(const any_report& any) {
  return cut(std::visit([](const auto& each) { return details(each); }, any),
             longest_written_details);
}

constexpr std::string_view level_color(log_level level) noexcept {
  if (level <= log_level::error) return "\x1b[31m";    // red
  if (level == log_level::warning) return "\x1b[33m";  // yellow
  if (level == log_level::debug) return "\x1b[2m";     // faint
  return "\x1b[32m";                                   // green
}

// The first line of `text` goes on here; the others are indented, so that a line which begins with
// a time is always the beginning of an event.
inline void append_indented(std::string& out, std::string_view text) {
  while (true) {
    const std::size_t end = text.find('\n');
    append_escaped(out, text.substr(0, end));
    if (end == std::string_view::npos) return;
    out += "\n    ";
    text.remove_prefix(end + 1);
  }
}

inline std::string log_text(const log_event& event, bool colored) {
  std::string out = time_text(event.time);
  const std::string_view level = to_string(event.level);
  if (colored) {
    out += fmt::format(" {}[{}]\x1b[0m ", level_color(event.level), level);
  } else {
    out += fmt::format(" [{}] ", level);
  }
  const bool is_report = event.report.index() != 0;
  if (event.process && !is_report) {
    append_escaped(out, named_process(event.process_name, event.process));
    out += ' ';
  }
  append_indented(out, event.message);
  for (const field& each : event.metadata) {
    out += fmt::format(" {}=", each.key.text());
    append_escaped(out, written_value(each.value));
  }
  if (const std::string rest = written_details(event.report); !rest.empty()) {
    out += "\n    ";
    append_indented(out, rest);
  }
  out += '\n';
  return out;
}

inline void append_json_text(std::string& out, std::string_view text) {
  out += '"';
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const char first = text.front();
    if (length == 0) {
      out += "\\ufffd";  // a byte that is no UTF-8 would make the whole line unreadable
    } else if (first == '"' || first == '\\') {
      out += '\\';
      out += first;
    } else if (is_control(first)) {
      out += fmt::format("\\u{:04x}", static_cast<unsigned char>(first));
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  out += '"';
}

inline void append_json_member(std::string& out, std::string_view key, std::string_view text) {
  if (text.empty()) return;
  out += fmt::format(",\"{}\":", key);
  append_json_text(out, text);
}

// Numbers and bools as such, durations in seconds, everything else as text.
inline void append_json_value(std::string& out, const field_value& value) {
  if (const bool* flag = value.get<bool>()) {
    out += *flag ? "true" : "false";
  } else if (const auto* whole = value.get<std::int64_t>()) {
    out += fmt::format("{}", *whole);
  } else if (const double* real = value.get<double>(); real != nullptr && *real - *real == 0) {
    out += fmt::format("{}", *real);
  } else if (const auto* time = value.get<std::chrono::nanoseconds>()) {
    out += fmt::format("{}", std::chrono::duration<double>{*time}.count());
  } else if (value.get<std::monostate>() != nullptr) {
    out += "null";
  } else {
    append_json_text(out, written_value(value));
  }
}

inline std::string log_json(const log_event& event) {
  std::string out = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\"", time_text(event.time),
                                to_string(event.level));
  append_json_member(out, "message", event.message);
  if (event.process) append_json_member(out, "pid", fmt::format("{}", event.process));
  append_json_member(out, "process", event.process_name);
  append_json_member(out, "details", written_details(event.report));
  if (!event.metadata.empty()) {
    out += ",\"metadata\":{";
    for (const field& each : event.metadata) {
      if (out.back() != '{') out += ',';
      append_json_text(out, each.key.text());
      out += ':';
      append_json_value(out, each.value);
    }
    out += '}';
  }
  out += "}\n";
  return out;
}

}  // namespace otp::detail
