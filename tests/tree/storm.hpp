// What befalls the tree: processes that kill its workers and, at times, its supervisors, and processes
// that call both meanwhile.
#pragma once

#include "tree/plan.hpp"

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace tree {

/// Blows from `start` on until it is told to stop, or has killed so often. Belongs to the thread that
/// made it, and outlives its processes: wait for `calm()` before its end.
class storm {
 public:
  storm(const plan& over, shared_census counts, std::uint64_t seed, std::uint64_t max_kills)
      : plan_{over}, counts_{std::move(counts)}, seed_{seed}, max_kills_{max_kills} {}
  storm(const storm&) = delete;
  storm& operator=(const storm&) = delete;

  /// Starts two killers and two callers, for two scheduler threads.
  void start();
  void stop() { over_.store(true, std::memory_order_relaxed); }
  bool is_over() const {
    return over_.load(std::memory_order_relaxed) || counts_->kills.load() >= max_kills_;
  }
  bool calm() const { return at_work_.load(std::memory_order_acquire) == 0; }

 private:
  class killer;
  class caller;

  const plan& plan_;
  shared_census counts_;
  std::uint64_t seed_;
  std::uint64_t max_kills_;
  std::atomic<bool> over_{false};
  std::atomic<int> at_work_{0};
};

}  // namespace tree
