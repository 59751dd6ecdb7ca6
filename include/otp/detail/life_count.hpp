// How many processes a runtime has. Each worker counts what begins and what ends on it, and plain threads
// share one count: two workers that write the same cache line for each process cost both more than
// all the rest of its beginning.
#pragma once

#include <atomic>
#include <cstdint>

namespace otp::detail {

/// Only grows. Each of the two is read with the orders given at runtime_core::live.
class life_count {
 public:
  /// By the one thread whose count it is.
  void begin() noexcept { began_.store(began() + 1, std::memory_order_relaxed); }
  void end() noexcept {
    // release: who reads it comes after all that the process did.
    ended_.store(ended_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }

  /// By any thread, in a count that is nobody's own.
  void begin_shared() noexcept { began_.fetch_add(1, std::memory_order_relaxed); }
  void end_shared() noexcept { ended_.fetch_add(1, std::memory_order_release); }

  std::int64_t began() const noexcept { return began_.load(std::memory_order_relaxed); }
  std::int64_t ended() const noexcept { return ended_.load(std::memory_order_acquire); }

 private:
  std::atomic<std::int64_t> began_{0};
  std::atomic<std::int64_t> ended_{0};
};

}  // namespace otp::detail
