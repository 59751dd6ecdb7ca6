// A log handler that never holds anybody up: events wait in a queue of bounded length, and a thread of
// its own hands them to a handler that may block, such as the console.
//
//     otp::log_queue queue{otp::console_handler()};
//     log.add_handler("console", queue.handler());
#pragma once

#include <otp/logger.hpp>

#include <chrono>
#include <cstddef>
#include <memory>

namespace otp {

struct log_queue_options {
  std::size_t capacity = 10'000;  ///< Events that may wait; at least 1. Later ones are dropped.
  /// How long the destructor waits for what is left; then it is lost, as is an event that is being
  /// written to a stream that blocks.
  std::chrono::nanoseconds patience{std::chrono::seconds{1}};
};

/// Takes events without waiting. When some were dropped because the queue was full, the handler gets an
/// event of level warning that says how many, in the place where they are missing (C-305).
///
/// The handler runs in one thread, one event at a time, in the order in which they came; one that throws
/// loses that event. Handlers that were given out may be called as long as they live, and drop
/// everything after the queue has been destroyed. Thread safety: all members from any thread.
class log_queue {
 public:
  explicit log_queue(log_handler next, log_queue_options options = {});
  log_queue(const log_queue&) = delete;
  log_queue& operator=(const log_queue&) = delete;
  ~log_queue();

  /// Returns the handler to add to a logger.
  log_handler handler() const;
  /// Waits until everything that came before has been handed over; false when that takes longer.
  bool flush(std::chrono::nanoseconds patience);

 private:
  struct state;
  std::shared_ptr<state> state_;
  std::chrono::nanoseconds patience_;
};

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/log_queue_impl.hpp>
#endif
