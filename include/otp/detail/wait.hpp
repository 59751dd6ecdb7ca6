// What a suspended process waits for. The record lives on the waiting stack; the worker that
// resumes the stack is the only one who touches it.
#pragma once

#include <otp/detail/envelope.hpp>
#include <otp/detail/timer_wheel.hpp>

#include <chrono>
#include <cstdint>

namespace otp::detail {

class worker;

/// Something in a worker's timer wheel.
struct wheel_entry : timer_node {
  void (*fire)(wheel_entry&, worker&) = nullptr;
};

inline constexpr std::chrono::nanoseconds forever = std::chrono::nanoseconds::max();

struct wait_record : wheel_entry {
  /// receive: takes the envelope when it fits. Null: messages do not wake this wait.
  bool (*takes_message)(wait_record&, envelope&) = nullptr;
  /// Asks the outside operation to end early (kill); it still completes, later. Null: nothing
  /// outside refers to this stack.
  void (*cancel)(wait_record&) = nullptr;
  process* owner = nullptr;
  std::chrono::nanoseconds timeout = forever;
  std::uint64_t call_ref = 0;  ///< The reply that this wait accepts; 0: none.
  envelope* reply = nullptr;   ///< The answered request; freed by the waiter.
  exit_reason failure;         ///< When `ready` without a reply: why there is none.
  bool ready = false;
  bool timed_out = false;
  bool requeue = false;        ///< Only gives way to others: resumes at its next turn.
  bool cancelling = false;
  bool uncancellable = false;  ///< A kill makes a zombie at once: `cancel` can do nothing.
  // Links of the worker's list of waits whose timeout is not armed yet. Arming is lazy: a call
  // answered before the next poll touches neither clock nor wheel.
  wait_record* new_prev = nullptr;
  wait_record* new_next = nullptr;
  bool in_new_list = false;
};

}  // namespace otp::detail
