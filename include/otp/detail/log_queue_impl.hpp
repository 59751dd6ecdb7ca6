// How a log queue works: a deque under a mutex, and a thread that empties it.
#pragma once

#include <otp/config.hpp>
#include <otp/log_queue.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <thread>
#include <utility>

namespace otp {

// Owned by the queue, its handlers and its thread: a thread that is stuck in the handler outlives the
// queue.
struct log_queue::state {
  state(log_handler handler, std::size_t capacity)
      : next{std::move(handler)}, most{std::max<std::size_t>(capacity, 1)} {}

  const log_handler next;
  const std::size_t most;
  std::mutex mutex;
  std::condition_variable arrived;
  std::condition_variable written;
  std::deque<log_event> events;
  std::uint64_t dropped = 0;  // since the last event in the queue
  bool writing = false;
  bool closed = false;

  void take(const log_event& event) {
    {
      const std::lock_guard lock{mutex};
      if (closed) return;
      if (events.size() >= most) {
        ++dropped;
        return;
      }
      if (dropped != 0) events.push_back(gap());
      events.push_back(event);
    }
    arrived.notify_one();
  }

  log_event gap() {
    log_event event;
    event.level = log_level::warning;
    event.time = std::chrono::system_clock::now();
    event.message = fmt::format("dropped {} log events: the log is written too slowly",
                                std::exchange(dropped, 0));
    return event;
  }

  void write(const log_event& event) noexcept {
    try {
      next(event);
    } catch (...) {
      // Nobody is left who could be told.
    }
  }

  void run() {
    std::unique_lock lock{mutex};
    for (;;) {
      arrived.wait(lock, [this] { return !events.empty() || closed; });
      if (events.empty()) return;
      auto event = std::move(events.front());
      events.pop_front();
      if (events.empty() && dropped != 0) events.push_back(gap());
      writing = true;
      lock.unlock();
      write(event);
      lock.lock();
      writing = false;
      if (events.empty()) written.notify_all();
    }
  }

  bool await_empty(std::unique_lock<std::mutex>& lock, std::chrono::nanoseconds patience) {
    return written.wait_for(lock, patience, [this] { return events.empty() && !writing; });
  }
};

OTP_DECL log_queue::log_queue(log_handler next, log_queue_options options)
    : state_{std::make_shared<state>(std::move(next), options.capacity)},
      patience_{options.patience} {
  // Nobody can join a thread that is stuck in its handler.
  std::thread{[shared = state_] { shared->run(); }}.detach();
}

OTP_DECL log_queue::~log_queue() {
  std::unique_lock lock{state_->mutex};
  state_->await_empty(lock, patience_);
  state_->closed = true;
  state_->events.clear();
  state_->arrived.notify_one();
}

OTP_DECL log_handler log_queue::handler() const {
  return [shared = state_](const log_event& event) { shared->take(event); };
}

OTP_DECL bool log_queue::flush(std::chrono::nanoseconds patience) {
  std::unique_lock lock{state_->mutex};
  return state_->await_empty(lock, patience);
}

}  // namespace otp
