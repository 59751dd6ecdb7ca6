// When to look whether a store holds what nobody needs.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>

namespace otp::detail {

/// Lets one thread through at a time, and that twice a second. Thread-safe.
class look_interval {
 public:
  static constexpr std::chrono::milliseconds length{500};

  /// Until the next look is due.
  std::chrono::nanoseconds left() const {
    return std::chrono::nanoseconds{
        std::max<std::int64_t>(next_.load(std::memory_order_relaxed) - now(), 0)};
  }

  /// True: it is due, and the caller's to do.
  bool begin() {
    auto next = next_.load(std::memory_order_relaxed);
    const auto here = now();
    // Nothing is published by this: a store has a lock of its own.
    return here >= next &&
           next_.compare_exchange_strong(next, here + std::chrono::nanoseconds{length}.count(),
                                         std::memory_order_relaxed);
  }

 private:
  // The system's clock also where a runtime's time is virtual: memory is real.
  static std::int64_t now() {
    return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
  }

  std::atomic<std::int64_t> next_{0};
};

}  // namespace otp::detail
