// The log of a runtime: events with level, text, fields and reports, handed to handlers.
//
//     otp::logger log;
//     log.add_handler("console", otp::console_handler());
//     log.write(otp::log_level::info, {{"room", "lobby"}}, "{} joined", name);
#pragma once

#include <otp/detail/snapshot.hpp>
#include <otp/field.hpp>
#include <otp/log_level.hpp>
#include <otp/pid.hpp>
#include <otp/report.hpp>
#include <otp/time_source.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// One thing that happened. A value: handlers may keep copies and send them to processes.
struct log_event {
  log_level level = log_level::info;
  std::chrono::system_clock::time_point time{};  ///< The logger sets it.
  std::string message{};                         ///< One or more lines of UTF-8, of bounded size.
  fields metadata{};
  pid process{};               ///< Who logged; {} on a plain thread.
  std::string process_name{};  ///< Its registered name; may be empty.
  any_report report{};         ///< What the message was made from, if it was a report.
};

/// A function that takes every event of its level or more serious, in the thread that logs, and in
/// several at once: it must be thread-safe, must not wait as a process does, and must not log to
/// the same logger.
using log_handler = std::function<void(const log_event&)>;

struct logger_options {
  log_level level = log_level::info;  ///< Less serious events are not even formatted.
  std::size_t max_message_bytes = std::size_t{8} << 10;  ///< Longer messages are cut, and say so.
  time_source clock{};
};

/// The log of one runtime; `otp::log::…` uses that of the current runtime. One of one's own works
/// by itself. A new logger has no handlers and is silent.
///
/// Logging never throws: what cannot be formatted or delivered is counted in `lost`. A handler that
/// throws is removed, and those that remain are told so at level error.
/// An event that no handler takes costs one relaxed atomic load.
/// Thread safety: every member may be called from any thread.
class logger {
 public:
  explicit logger(logger_options options = {}) : options_{std::move(options)} {
    level_.store(options_.level, std::memory_order_relaxed);
  }
  logger(const logger&) = delete;
  logger& operator=(const logger&) = delete;

  /// Sets the least serious level that is logged at all; in force at once, for all handlers.
  void set_level(log_level level);
  log_level level() const noexcept { return level_.load(std::memory_order_relaxed); }

  /// Adds a handler for events of `least` level or more serious. Returns false, and changes
  /// nothing, when the id is taken.
  bool add_handler(std::string id, log_handler handler, log_level least = log_level::debug);
  /// Removes a handler; a call of it may still be under way. Returns false when there is none.
  bool remove_handler(std::string_view id);
  /// Returns the ids in the order of adding.
  std::vector<std::string> handlers() const;

  /// Says whether an event of this level would reach a handler.
  bool enabled(log_level level) const noexcept {
    return static_cast<int>(level) <= threshold_.load(std::memory_order_relaxed);
  }

  /// Logs an event; sets its time, and its message from its report if it has none.
  void log(log_event event) noexcept;

  /// Logs a text. The format string is checked when compiling; it is formatted only if `enabled`.
  template <class... Values>
  void write(log_level level, fmt::format_string<Values...> format, Values&&... values) noexcept {
    if (enabled(level)) write_text(level, fields{}, format, fmt::make_format_args(values...));
  }
  /// Logs a text with fields.
  template <class... Values>
  void write(log_level level, fields metadata, fmt::format_string<Values...> format,
             Values&&... values) noexcept {
    if (enabled(level)) {
      write_text(level, std::move(metadata), format, fmt::make_format_args(values...));
    }
  }

  /// Logs a report: crashes and supervisor reports at level error, progress at info (V-082).
  void write(crash_report report) noexcept;
  void write(supervisor_report report) noexcept;
  void write(progress_report report) noexcept;

  /// Returns how many events could not be formatted or delivered to a handler.
  std::uint64_t lost() const noexcept { return lost_.load(std::memory_order_relaxed); }

 private:
  struct handler_entry {
    std::string id;
    log_handler call;
    log_level least;
  };
  using table = std::vector<std::shared_ptr<const handler_entry>>;
  using failures = std::vector<std::pair<std::shared_ptr<const handler_entry>, exit_reason>>;

  template <class Action>
  void guarded(Action&& action) noexcept {
    try {
      std::forward<Action>(action)();
    } catch (...) {
      lost_.fetch_add(1, std::memory_order_relaxed);
    }
  }
  void write_text(log_level level, fields metadata, fmt::string_view format,
                  fmt::format_args values) noexcept;
  template <class Report>
  void write_report(log_level level, pid process, const std::string& name,
                    Report&& report) noexcept;
  void update_threshold(const table& handlers) noexcept;
  void deliver(const log_event& event);
  void drop(const failures& failed);

  logger_options options_;
  std::atomic<log_level> level_;
  std::atomic<int> threshold_{-1};  // the least serious level that some handler takes; -1 for none
  std::atomic<std::uint64_t> lost_{0};
  detail::snapshot<table> handlers_;
};

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/logger_impl.hpp>
#endif
