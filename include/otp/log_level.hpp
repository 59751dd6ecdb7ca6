// The levels of log events.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace otp {

/// How much an event matters, the most serious first.
enum class log_level : std::uint8_t {
  emergency,  ///< The system cannot be used.
  alert,      ///< Somebody must act at once.
  critical,   ///< A part that matters is gone.
  error,      ///< Something failed that should not have.
  warning,    ///< Something may fail soon.
  notice,     ///< Normal, but worth a look.
  info,       ///< What an operator wants to follow.
  debug,      ///< What a developer wants to follow.
};

/// Returns the level's name, as in `parse_log_level`.
constexpr std::string_view to_string(log_level level) noexcept {
  constexpr std::string_view names[] = {"emergency", "alert",  "critical", "error",
                                        "warning",   "notice", "info",     "debug"};
  return names[static_cast<std::size_t>(level)];
}

/// Returns the level of that name, or nothing.
constexpr std::optional<log_level> parse_log_level(std::string_view name) noexcept {
  for (int level = 0; level <= static_cast<int>(log_level::debug); ++level) {
    if (to_string(static_cast<log_level>(level)) == name) return static_cast<log_level>(level);
  }
  return std::nullopt;
}

}  // namespace otp
