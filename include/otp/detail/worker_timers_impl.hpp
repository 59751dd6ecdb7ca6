// The timers of a worker: armed, handed over by other threads, and ended when it goes.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/delivery.hpp>
#include <otp/detail/timer_cell.hpp>

#include <atomic>
#include <cstdint>
#include <limits>
#include <mutex>
#include <utility>

namespace otp::detail {

OTP_DECL void worker::arm(wheel_entry& entry, std::int64_t due) {
  entry.due = due;
  entry.sequence = timer_sequence_++;
  wheel_.insert(entry);
}

OTP_DECL void worker::disarm(wheel_entry& entry) {
  if (entry.linked()) wheel_.erase(entry);
}

OTP_DECL void worker::hand_over(timer_cell& cell) {
  auto* head = handed_over_.load(std::memory_order_relaxed);
  do {
    cell.next_handed_over = head;  // step: handed.push.link
    // step: handed.push.cas: release: the cell and its link, as in process_inbox.
  } while (!handed_over_.compare_exchange_weak(head, &cell, std::memory_order_release,
                                               std::memory_order_relaxed));
  std::atomic_thread_fence(std::memory_order_seq_cst);  // step: park.publish.fence
  if (host_clock_) {
    request_slice();
  } else if (parked_.load(std::memory_order_relaxed)) {
    wake();
  }
}

OTP_DECL void worker::adopt_handed_over() {
  if (handed_over_.load(std::memory_order_relaxed) == nullptr) return;
  // step: handed.adopt.exchange: acquire: the counterpart.
  auto* newest = handed_over_.exchange(nullptr, std::memory_order_acquire);
  timer_cell* oldest = nullptr;
  while (newest != nullptr) {
    auto* const next = newest->next_handed_over;
    newest->next_handed_over = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != nullptr) {
    auto& cell = *std::exchange(oldest, oldest->next_handed_over);
    cell.adopted(*this);
  }
}

/// No process waits any more: what is left in the wheel are cells, whose references outlive us.
OTP_DECL void worker::end_timers() {
  timer_cell* ended = nullptr;
  {
    // Whoever has cancelled one has handed it over, and whoever will comes too late.
    const std::lock_guard lock{timer_cells::instance().cancelling(this)};
    const auto end = [&ended](timer_cell& cell) {
      cell.next_handed_over = std::exchange(ended, &cell);
    };
    auto* handed = handed_over_.exchange(nullptr, std::memory_order_acquire);
    while (handed != nullptr) {
      auto& cell = *std::exchange(handed, handed->next_handed_over);
      disarm(cell);
      // It was on its way to us, or else was cancelled.
      if (!cell.advance(cell.serial(), timer_cell::in_transit, timer_cell::over)) {
        cell.callback = nullptr;
      }
      end(cell);
    }
    wheel_.expire(std::numeric_limits<std::int64_t>::max(), [&end](timer_node& node) {
      auto& cell = static_cast<timer_cell&>(node);
      cell.advance(cell.serial(), timer_cell::armed, timer_cell::over);
      end(cell);
    });
  }
  // Nothing is sent, but who waits for a callback gets it, unless it was cancelled. Not under the lock:
  // a callback, and the destructor of a message, may cancel other timers.
  while (ended != nullptr) {
    auto& cell = *std::exchange(ended, ended->next_handed_over);
    if (cell.callback != nullptr) cell.callback(cell.context);
    cell.release();
  }
}

OTP_DECL timer_cell& worker::take_timer() {
  if (free_timers_.empty()) timer_cells::instance().take(free_timers_);
  auto* const cell = free_timers_.back();
  free_timers_.pop_back();
  return *cell;
}

OTP_DECL void worker::give_timer(timer_cell& cell) noexcept {
  free_timers_.push_back(&cell);  // there is room: see the constructor
  if (free_timers_.size() < most_free_timers) return;
  timer_cells::instance().give(free_timers_, most_free_timers / 2);
}

}  // namespace otp::detail
