// Ready-made log handlers: the console, and a recorder for tests.
#pragma once

#include <otp/logger.hpp>

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
std::string format_log_event(const log_event& event, log_format format = log_format::text,
                             bool colored = false);

/// Returns a handler that writes each event with one write to a stream, stderr by default. It is
/// synchronous: a stream that blocks holds up the process that logs.
log_handler console_handler(console_options options = {});

/// Keeps the events that it is given; for tests. Copies share one list.
/// Thread safety: all members may be called from any thread.
class log_recorder {
 public:
  /// Keeps at most `limit` events, the latest.
  explicit log_recorder(std::size_t limit = 1000);

  /// Returns the handler to add to a logger.
  log_handler handler() const;
  /// Returns copies of the events, the oldest first.
  std::vector<log_event> events() const;
  void clear();

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

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/log_handlers_impl.hpp>
#endif
