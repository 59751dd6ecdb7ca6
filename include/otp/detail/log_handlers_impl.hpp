// How the ready-made log handlers work.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/log_text.hpp>
#include <otp/log_handlers.hpp>

#include <unistd.h>

#include <cstdio>
#include <mutex>
#include <string>

namespace otp {

OTP_DECL std::string format_log_event(const log_event& event, log_format format, bool colored) {
  return format == log_format::json ? detail::log_json(event) : detail::log_text(event, colored);
}

OTP_DECL log_handler console_handler(console_options options) {
  const bool colored =
      options.color == log_color::always ||
      (options.color == log_color::if_terminal && ::isatty(::fileno(options.stream)) == 1);
  return [options, colored](const log_event& event) {
    const std::string line = format_log_event(event, options.format, colored);
    std::fwrite(line.data(), 1, line.size(), options.stream);
    std::fflush(options.stream);
  };
}

OTP_DECL log_recorder::log_recorder(std::size_t limit) : state_{std::make_shared<state>(limit)} {}

OTP_DECL log_handler log_recorder::handler() const {
  return [state = state_](const log_event& event) {
    const std::lock_guard lock{state->mutex};
    if (state->events.size() == state->limit) state->events.erase(state->events.begin());
    state->events.push_back(event);
  };
}

OTP_DECL std::vector<log_event> log_recorder::events() const {
  const std::lock_guard lock{state_->mutex};
  return state_->events;
}

OTP_DECL void log_recorder::clear() {
  const std::lock_guard lock{state_->mutex};
  state_->events.clear();
}

}  // namespace otp
