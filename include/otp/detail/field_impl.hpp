// How the values of fields are written.
#pragma once

#include <otp/config.hpp>
#include <otp/field.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <type_traits>
#include <variant>

namespace otp {

OTP_DECL void fields::set(field_key key, field_value value) {
  if (field_value* const known = find_mutable(key.text())) {
    *known = std::move(value);
  } else {
    list_.push_back({key, std::move(value)});
  }
}

OTP_DECL void fields::merge(const fields& other) {
  for (const field& each : other.list_) set(each.key, each.value);
}

OTP_DECL const field_value* fields::find(std::string_view key) const noexcept {
  const auto at = std::find_if(list_.begin(), list_.end(),
                               [&](const field& each) { return each.key.text() == key; });
  return at == list_.end() ? nullptr : &at->value;
}

}  // namespace otp

namespace otp::detail {

// The largest unit that shows the duration without loss of more than a thousandth: 1.5s, 250ms.
OTP_DECL std::string duration_text(std::chrono::nanoseconds duration) {
  const auto count = duration.count();
  const double ns = static_cast<double>(count);
  const double size = count < 0 ? -ns : ns;
  if (size >= 1e9) return fmt::format("{:.6g}s", ns / 1e9);
  if (size >= 1e6) return fmt::format("{:.6g}ms", ns / 1e6);
  if (size >= 1e3) return fmt::format("{:.6g}us", ns / 1e3);
  return fmt::format("{}ns", count);
}

// ISO 8601 in UTC with milliseconds. Calendar arithmetic of <chrono>: no locale, no global state.
OTP_DECL std::string time_text(std::chrono::system_clock::time_point time) {
  namespace chrono = std::chrono;
  const auto day = chrono::floor<chrono::days>(time);
  const chrono::year_month_day date{day};
  const chrono::hh_mm_ss clock{chrono::floor<chrono::milliseconds>(time - day)};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

}  // namespace otp::detail

namespace otp {

OTP_DECL std::string field_value::to_string() const {
  return std::visit(
      [](const auto& value) -> std::string {
        using type = std::remove_cvref_t<decltype(value)>;
        if constexpr (std::same_as<type, std::monostate>) {
          return "nil";
        } else if constexpr (std::same_as<type, std::string>) {
          return value;
        } else if constexpr (std::same_as<type, std::chrono::nanoseconds>) {
          return detail::duration_text(value);
        } else if constexpr (std::same_as<type, std::chrono::system_clock::time_point>) {
          return detail::time_text(value);
        } else if constexpr (std::same_as<type, exit_reason>) {
          return value.to_string();
        } else {
          return fmt::format("{}", value);
        }
      },
      value_);
}

}  // namespace otp
