// The log of the current runtime: `otp::log::info("{} joined", name)`.
//
// Usable in a process and on a thread that has entered a runtime; throws not_a_process elsewhere.
// A text is formatted only if a handler takes its level, and logging itself never throws.
#pragma once

#include <otp/detail/runtime_services.hpp>

#include <utility>

namespace otp::log {

/// The logger itself, to add handlers and to set the level.
inline logger& current() { return detail::current_logger(); }

/// Logs a text with fields; says which process and under which name.
template <class... V>
void write(log_level level, fields metadata, fmt::format_string<V...> format, V&&... values) {
  auto& log = detail::current_logger();
  if (log.enabled(level)) {
    detail::write_log(log, level, std::move(metadata), format, fmt::make_format_args(values...));
  }
}

#define OTP_DETAIL_LOG_LEVEL(level)                                     \
  template <class... V>                                                 \
  void level(fmt::format_string<V...> format, V&&... values) {          \
    write(log_level::level, fields{}, format, std::forward<V>(values)...); \
  }

/// One function for each level, from what matters most to what matters least.
OTP_DETAIL_LOG_LEVEL(emergency)
OTP_DETAIL_LOG_LEVEL(alert)
OTP_DETAIL_LOG_LEVEL(critical)
OTP_DETAIL_LOG_LEVEL(error)
OTP_DETAIL_LOG_LEVEL(warning)
OTP_DETAIL_LOG_LEVEL(notice)
OTP_DETAIL_LOG_LEVEL(info)
OTP_DETAIL_LOG_LEVEL(debug)
#undef OTP_DETAIL_LOG_LEVEL

}  // namespace otp::log
