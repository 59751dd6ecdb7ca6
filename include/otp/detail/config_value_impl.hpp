// Reading and writing the values declared in config_value.hpp.
#pragma once

#include <otp/config_value.hpp>

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>

namespace otp {

namespace detail {

constexpr std::string_view trim(std::string_view text) noexcept {
  constexpr std::string_view blanks = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

inline std::optional<bool> parse_bool(std::string_view text) {
  for (const std::string_view word : {"true", "yes", "on", "1"}) {
    if (text == word) return true;
  }
  for (const std::string_view word : {"false", "no", "off", "0"}) {
    if (text == word) return false;
  }
  return std::nullopt;
}

// The whole text must be the number.
template <class Number>
std::optional<Number> parse_number(std::string_view text) {
  Number number{};
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return number;
}

struct duration_unit {
  std::string_view name;
  std::chrono::nanoseconds length;
};

inline constexpr std::array<duration_unit, 8> duration_units{{{"d", std::chrono::hours{24}},
                                                              {"h", std::chrono::hours{1}},
                                                              {"min", std::chrono::minutes{1}},
                                                              {"m", std::chrono::minutes{1}},
                                                              {"s", std::chrono::seconds{1}},
                                                              {"ms", std::chrono::milliseconds{1}},
                                                              {"us", std::chrono::microseconds{1}},
                                                              {"ns", std::chrono::nanoseconds{1}}}};

// Parts of number and unit, added up: 1h30m. No sign: no setting of ours lasts less than nothing.
inline std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  if (text == "0") return std::chrono::nanoseconds{0};
  if (text.empty()) return std::nullopt;
  double total = 0;
  while (!text.empty()) {
    const std::size_t digits = std::min(text.find_first_not_of("0123456789."), text.size());
    const auto number = parse_number<double>(text.substr(0, digits));
    if (!number) return std::nullopt;
    text.remove_prefix(digits);
    const std::size_t letters = std::min(text.find_first_of("0123456789."), text.size());
    const std::string_view name = text.substr(0, letters);
    text.remove_prefix(letters);
    std::chrono::nanoseconds length{0};
    for (const duration_unit& unit : duration_units) {
      if (unit.name == name) length = unit.length;
    }
    if (length.count() == 0) return std::nullopt;
    total += *number * static_cast<double>(length.count());
  }
  if (total >= static_cast<double>(std::numeric_limits<std::int64_t>::max())) return std::nullopt;
  return std::chrono::nanoseconds{std::llround(total)};
}

// Exact: the largest units first, as parse_duration reads it back.
inline std::string exact_duration_text(std::chrono::nanoseconds duration) {
  if (duration.count() <= 0) return fmt::format("{}s", duration.count());
  std::string text;
  for (const duration_unit& unit : duration_units) {
    if (unit.name == "min") continue;
    if (const auto count = duration / unit.length; count != 0) {
      fmt::format_to(std::back_inserter(text), "{}{}", count, unit.name);
      duration -= count * unit.length;
    }
  }
  return text;
}

inline config_value::list parse_list(std::string_view text) {
  config_value::list items;
  if (trim(text).empty()) return items;
  while (true) {
    const std::size_t comma = text.find(',');
    items.emplace_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) return items;
    text.remove_prefix(comma + 1);
  }
}

inline std::string toml_text(std::string_view text) {
  std::string out = "\"";
  for (const char each : text) {
    if (each == '"' || each == '\\') {
      out += '\\';
      out += each;
    } else if (static_cast<unsigned char>(each) < 0x20 || each == 0x7F) {
      fmt::format_to(std::back_inserter(out), "\\u{:04X}", static_cast<unsigned char>(each));
    } else {
      out += each;
    }
  }
  return out + '"';
}

}  // namespace detail

inline std::optional<config_value> config_value::parse(config_type type, std::string_view text) {
  const auto wrapped = [](const auto& parsed) {
    return parsed ? std::optional<config_value>{config_value{*parsed}} : std::nullopt;
  };
  switch (type) {
    case config_type::boolean:
      return wrapped(detail::parse_bool(detail::trim(text)));
    case config_type::integer:
      return wrapped(detail::parse_number<std::int64_t>(detail::trim(text)));
    case config_type::real: {
      const auto number = detail::parse_number<double>(detail::trim(text));
      return number && std::isfinite(*number) ? wrapped(number) : std::nullopt;
    }
    case config_type::duration:
      return wrapped(detail::parse_duration(detail::trim(text)));
    case config_type::list:
      return config_value{detail::parse_list(text)};
    case config_type::text:
      break;
  }
  return config_value{text};
}

inline std::string config_value::to_toml() const {
  return std::visit(
      [](const auto& value) -> std::string {
        using type = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::same_as<type, std::monostate>) {
          return "";
        } else if constexpr (std::same_as<type, std::string>) {
          return detail::toml_text(value);
        } else if constexpr (std::same_as<type, std::chrono::nanoseconds>) {
          return detail::toml_text(detail::exact_duration_text(value));
        } else if constexpr (std::same_as<type, list>) {
          std::string items;
          for (const std::string& each : value) {
            if (!items.empty()) items += ", ";
            items += detail::toml_text(each);
          }
          return "[" + items + "]";
        } else if constexpr (std::same_as<type, double>) {
          // A TOML number with no fraction would be a whole one.
          const std::string digits = fmt::format("{}", value);
          return digits.find_first_of(".en") == std::string::npos ? digits + ".0" : digits;
        } else {
          return fmt::format("{}", value);
        }
      },
      value_);
}

}  // namespace otp
