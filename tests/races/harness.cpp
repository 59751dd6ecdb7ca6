// Runs a race: two processes on two threads, which are the same in all rounds, and at the end the
// count of what was left.
#include "races/harness.hpp"

#include <otp/detail/external_wait.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/runtime.hpp>

#include <fmt/core.h>

#include <cstdio>
#include <cstdlib>
#include <future>

namespace races {

namespace {

/// From this many rounds on every outcome must be seen, in a hundredth of them.
constexpr std::uint64_t enough_rounds = 100'000;
constexpr std::uint64_t share = 100;

/// Without a round for so long, somebody waits for what does not come.
constexpr auto patience = 60s;

/// The slots of processes that ended are used again.
constexpr std::uint32_t most_slots = 4096;

}  // namespace

class stage {
 public:
  stage(const contest& what, std::uint64_t rounds)
      : what_{what},
        rounds_{rounds},
        race_{what.make()},
        steering_{what.outcomes.size(),
                  static_cast<std::uint64_t>(
                      std::chrono::steady_clock::now().time_since_epoch().count())} {}

  void left() {
    for (;;) {
      // The right one looks at the round only after this meeting.
      over_ = round_.number_ >= rounds_;
      if (!over_) {
        round_.offset_ = steering_.draw();
        round_.number_ += race_->rounds_at_once();
      }
      between_.left();
      if (over_) return;
      race_->left(round_);
      between_.left();
      learn();
      done_.store(round_.number_, std::memory_order_relaxed);
    }
  }

  void learn() {
    std::vector<std::uint64_t> counts(what_.outcomes.size());
    for (std::size_t i = 0; i < race_->rounds_at_once(); ++i) {
      ++counts[race_->outcome_of(round_, i)];
    }
    for (std::size_t outcome = 0; outcome < counts.size(); ++outcome) {
      if (counts[outcome] != 0) steering_.learn(outcome, counts[outcome]);
    }
  }

  void right() {
    race_->begin();
    for (;;) {
      between_.right();
      if (over_) break;
      race_->right(round_);
      between_.right();
    }
    race_->end();
  }

  std::uint64_t done() const { return done_.load(std::memory_order_relaxed); }
  std::uint64_t count(std::size_t outcome) const { return steering_.count(outcome); }
  std::string where() const {
    return fmt::format("race {}, round {}, offset {}", what_.name, round_.number_, round_.offset_);
  }

 private:
  const contest& what_;
  const std::uint64_t rounds_;
  std::unique_ptr<race> race_;
  steering steering_;
  round round_;
  bool over_ = false;
  meeting between_;
  std::atomic<std::uint64_t> done_{0};
};

namespace {

const stage* now_on_stage = nullptr;

}  // namespace

std::vector<contest>& contests() {
  static std::vector<contest> all;
  return all;
}

void impossible(const std::string& what) {
  const auto where = now_on_stage == nullptr ? std::string{} : now_on_stage->where();
  fmt::print(stderr, "{}: impossible: {}\n", where, what);
  std::fflush(nullptr);
  std::_Exit(1);
}

namespace {

/// Waits for `over()`; says so when nothing happens any more.
template <class P>
void watch(const stage& s, otp::runtime& rt, P over) {
  auto last = s.done();
  auto since = std::chrono::steady_clock::now();
  while (!over()) {
    const auto now = std::chrono::steady_clock::now();
    if (s.done() != last) {
      last = s.done();
      since = now;
    } else if (now - since > patience) {
      impossible("it does not go on: " + otp::detail::describe_everyone(rt.core()));
    }
  }
}

/// Returns the number of stacks that are in use when everything has ended.
std::size_t play(stage& s, unsigned threads) {
  std::shared_ptr<otp::detail::runtime_core> core;
  {
    otp::runtime rt{{.threads = threads, .console = std::nullopt}};
    core = rt.core().shared_from_this();
    std::promise<void> left_over;
    std::promise<void> right_over;
    auto left_done = left_over.get_future();
    auto right_done = right_over.get_future();
    rt.spawn([&, held = life{}] {
      otp::this_process::trap_exit(true);
      s.left();
      left_over.set_value();
    });
    rt.spawn([&, held = life{}] {
      otp::this_process::trap_exit(true);
      s.right();
      right_over.set_value();
    });
    watch(s, rt, [&] { return left_done.wait_for(100ms) == std::future_status::ready; });
    watch(s, rt, [&] { return right_done.wait_for(100ms) == std::future_status::ready; });
    watch(s, rt, [&] {
      std::this_thread::yield();
      return rt.process_count() == 0;
    });
  }
  return core->stacks.in_use();
}

/// What is left of a race that should leave nothing; empty if it is so.
std::string leftovers(std::size_t stacks) {
  std::string left;
  const auto& b = book();
  if (b.started != b.ended)
    left += fmt::format(" {} processes started, {} ended;", b.started, b.ended);
  if (b.sent != b.received + b.lost) {
    left += fmt::format(" {} messages sent, {} received, {} lost;", b.sent, b.received, b.lost);
  }
  if (b.reasons != 0) left += fmt::format(" {} exit reasons;", b.reasons);
  if (stacks != 0) left += fmt::format(" {} stacks;", stacks);
  if (const auto timers = otp::detail::timer_cells::instance().in_use(); timers != 0) {
    left += fmt::format(" {} timers;", timers);
  }
  if (const auto slots = otp::detail::process_arena::instance().high_water(); slots > most_slots) {
    left += fmt::format(" {} slots were needed;", slots);
  }
  return left;
}

}  // namespace

bool run(const contest& what, std::uint64_t rounds, unsigned threads) {
  book().clear();
  stage s{what, rounds};
  now_on_stage = &s;
  const auto began = std::chrono::steady_clock::now();
  const auto stacks = play(s, threads);
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  now_on_stage = nullptr;

  fmt::print("{:<28} {} rounds in {:.1f} s\n", what.name, rounds, took.count());
  bool good = true;
  for (std::size_t i = 0; i < what.outcomes.size(); ++i) {
    const auto seen = s.count(i);
    const bool rare = rounds >= enough_rounds && seen * share < rounds;
    fmt::print("{:8.2f} % {:>10}  {}{}\n",
               100.0 * static_cast<double>(seen) / static_cast<double>(rounds), seen,
               what.outcomes[i], rare ? "    TOO RARE" : "");
    good = good && !rare;
  }
  const auto& b = book();
  fmt::print("           processes {}, messages {}: {} received, {} lost as they may be\n",
             b.started, b.sent, b.received, b.lost);
  if (const auto left = leftovers(stacks); !left.empty()) {
    fmt::print("           LEFT OVER:{}\n", left);
    good = false;
  }
  std::fflush(stdout);
  return good;
}

}  // namespace races
