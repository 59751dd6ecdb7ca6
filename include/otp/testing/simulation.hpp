// A runtime in a world of its own: one thread, virtual time, and the next process drawn from a seed.
//
//     otp::testing::simulation sim{42};
//     auto counter = sim.runtime().start<my::counter>();
//     sim.advance(5s);                    // runs all that happens within five virtual seconds
//
// The same code runs here and in a real runtime. The same seed gives the same order of everything;
// another seed gives another order that is just as legal.
#pragma once

#include <otp/detail/splitmix64.hpp>
#include <otp/runtime.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

namespace otp::testing {

/// Runs a whole runtime on the calling thread. Nothing happens outside of its functions and of the
/// blocking functions (`otp::call`, ...) that this thread calls: those run the world until they are
/// done, and throw std::logic_error if that will never be. Not thread-safe.
///
/// Sockets and the threads of a thread pool are outside of this world: what comes from them comes in
/// real time.
class simulation {
 public:
  explicit simulation(std::uint64_t seed, runtime_options options = {})
      : world_{new world{seed}},
        runtime_{std::unique_ptr<detail::environment>{world_}, options},
        scope_{runtime_.enter()} {
    world_->core = &runtime_.core();
  }

  /// The runtime; the constructing thread has entered it.
  otp::runtime& runtime() noexcept { return runtime_; }

  /// Virtual time since the beginning.
  std::chrono::nanoseconds now() const noexcept { return std::chrono::nanoseconds{world_->time}; }

  /// Runs until no process can go on without time passing. Returns the number of turns.
  std::size_t run_until_idle() {
    std::size_t turns = 0;
    while (world_->turn()) ++turns;
    return turns;
  }

  /// Lets `duration` of virtual time pass; timers fire in order at their exact times.
  void advance(std::chrono::nanoseconds duration) {
    const auto end = world_->time + duration.count();
    run_until_idle();
    while (true) {
      const auto due = runtime_.core().workers.front()->next_due();
      if (!due || *due > end) break;
      world_->time = std::max(world_->time, *due);
      run_until_idle();
    }
    world_->time = end;
    run_until_idle();
  }

 private:
  struct world final : detail::environment {
    explicit world(std::uint64_t seed) noexcept : chance{seed} {}

    std::int64_t now() override { return time; }

    std::uint64_t random() override { return chance(); }

    void enqueue(detail::process& p) override { runnable.push_back(&p); }

    detail::process* pick() override {
      if (!may_pick || runnable.empty()) return nullptr;
      may_pick = false;
      std::swap(runnable[random() % runnable.size()], runnable.back());
      auto* const p = runnable.back();
      runnable.pop_back();
      return p;
    }

    /// One turn of one process; false when there is nothing to run now.
    bool turn() {
      if (core == nullptr) return false;
      may_pick = true;
      core->workers.front()->run_slice(false);
      return !may_pick || !runnable.empty();
    }

    bool drive(std::int64_t limit) override {
      if (turn()) return true;
      const auto due = core == nullptr ? std::nullopt : core->workers.front()->next_due();
      if (!due && limit == std::numeric_limits<std::int64_t>::max()) return false;
      time = std::max(time, std::min(due.value_or(limit), limit));
      turn();
      return true;
    }

    detail::runtime_core* core = nullptr;
    detail::splitmix64 chance;
    std::int64_t time = 0;
    bool may_pick = false;
    std::vector<detail::process*> runnable;
  };

  world* world_;  // owned by runtime_
  otp::runtime runtime_;
  runtime_scope scope_;
};

}  // namespace otp::testing
