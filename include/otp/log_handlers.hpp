// Ready-made log handlers: the console, and a recorder for tests.
#pragma once

#include <otp/detail/log_text.hpp>
#include <otp/logger.hpp>

#include <unistd.h>

#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace otp {

/// How a handler writes events.
enum class log_format : std::uint8_t {
  text,  ///< A line for people: time, level, process, message, fields; a report's details below it.
  json,  ///< One JSON object in a line, for machines.
};

/// When to colour the level.
enum class log_color : std::uint8_t { if_terminal, always, never };

struct console_options {
  log_format format = log_format::text;
  log_color color = log_color::if_terminal;
  std::FILE* stream = stderr;  ///< Must stay open as long as the handler is in use.
};

/// Returns `event` as a handler writes it, with the line break at its end. Control characters of
/// the message and of values are escaped, so that what users typed cannot forge a line or colour a
/// terminal; only line breaks of a text message become indented lines. `colored` is for text.
inline std::string format_log_event(const log_event& event, log_format format = log_format::text,
                                    bool colored = false) {
  return format == log_format::json ? detail::log_json(event) : detail::log_text(event, colored);
}

/// Returns a handler that writes each event with one write to a stream, stderr by default. It is
/// synchronous: a stream that blocks holds up the process that logs.
inline log_handler console_handler(console_options options = {}) {
  const bool colored =
      options.color == log_color::always ||
      (options.color == log_color::if_terminal && ::isatty(::fileno(options.stream)) == 1);
  return [options, colored](const log_event& event) {
    const std::string line = format_log_event(event, options.format, colored);
    std::fwrite(line.data(), 1, line.size(), options.stream);
    std::fflush(options.stream);
  };
}

/// Keeps the events that it is given; for tests. Copies share one list.
/// Thread safety: all members may be called from any thread.
class log_recorder {
 public:
  /// Keeps at most `limit` events, the latest.
  explicit log_recorder(std::size_t limit = 1000) : state_{std::make_shared<state>(limit)} {}

  /// Returns the handler to add to a logger.
  log_handler handler() const {
    return [state = state_](const log_event& event) {
      const std::lock_guard lock{state->mutex};
      if (state->events.size() == state->limit) state->events.erase(state->events.begin());
      state->events.push_back(event);
    };
  }
  /// Returns copies of the events, the oldest first.
  std::vector<log_event> events() const {
    const std::lock_guard lock{state_->mutex};
    return state_->events;
  }
  void clear() {
    const std::lock_guard lock{state_->mutex};
    state_->events.clear();
  }

 private:
  struct state {
    explicit state(std::size_t most) : limit{most} {}
    std::mutex mutex;
    std::size_t limit;
    std::vector<log_event> events;
  };
  std::shared_ptr<state> state_;
};

}  // namespace otp
