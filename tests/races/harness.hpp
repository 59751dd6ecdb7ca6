// What all races share. A race has two contestants, who act at nearly the same moment on two
// scheduler threads, over and over; what they have seen is the outcome of the round:
//
//     class coin : public race {
//      public:
//       static constexpr std::string_view name = "coin";
//       static constexpr std::array<std::string_view, 2> outcomes{"left first", "right first"};
//       void left(round& r) override { r.left_at_line(); ... }
//       void right(round& r) override { r.right_at_line(); ... }
//       std::size_t outcome(const round&) override { return left_was_first_ ? 0 : 1; }
//     };
//     const entry<coin> here;
//
// Left and right run in two processes, each of which holds its scheduler thread except where it
// waits in a receive. So a process that is started on the right and awaited there runs on the
// right, while the left one spins. What no order of events can lead to is `impossible`.
#pragma once

#include "races/ledger.hpp"
#include "races/steering.hpp"
#include <otp/process.hpp>
#include <otp/receive.hpp>

#include <fmt/format.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace races {

using namespace std::chrono_literals;
using otp::this_process::self;

/// Takes about `steps` cycles.
inline void pause(std::int64_t steps) {
  for (; steps > 0; --steps) __asm__ volatile("");
}

/// Waits until `done()`, holding the processor for some milliseconds at first: on a busy machine it
/// takes as long to get it back.
template <class P>
void spin_until(P done) {
  for (unsigned turns = 0; !done(); ++turns) {
    pause(32);
    if (turns >= 1U << 18U) std::this_thread::yield();
  }
}

/// Two threads meet, again and again: each waits for the other one.
class meeting {
 public:
  void left() { meet(left_, right_); }
  void right() { meet(right_, left_); }

 private:
  static void meet(std::atomic<std::uint64_t>& mine, const std::atomic<std::uint64_t>& theirs) {
    const auto step = mine.load(std::memory_order_relaxed) + 1;
    // release and acquire: what each has written before is seen by the other after.
    mine.store(step, std::memory_order_release);
    spin_until([&] { return theirs.load(std::memory_order_acquire) >= step; });
  }

  alignas(64) std::atomic<std::uint64_t> left_{0};
  alignas(64) std::atomic<std::uint64_t> right_{0};
};

/// One round, from the draw of its offset to its outcome.
class round {
 public:
  std::uint64_t number() const { return number_; }
  /// Drawn: how much later the left one begins than the right one, in steps of `pause`.
  std::int64_t offset() const { return offset_; }

  /// Waits until the other one is there too, then the time that was drawn.
  void left_at_line() {
    line_.left();
    pause(offset_);
  }
  void right_at_line() {
    line_.right();
    pause(-offset_);
  }
  /// The same without the time that was drawn. Both have to say so.
  void left_meets() { line_.left(); }
  void right_meets() { line_.right(); }
  /// Waits a time that was drawn, when the other contestant is a clock.
  void pause_alone() const { pause(offset_ < 0 ? -offset_ : offset_); }

 private:
  friend class stage;

  std::uint64_t number_ = 0;
  std::int64_t offset_ = 0;
  meeting line_;
};

class race {
 public:
  race() = default;
  race(const race&) = delete;
  race& operator=(const race&) = delete;
  virtual ~race() = default;

  /// The contestants, each in a process of its own. Both return before the next round begins.
  virtual void left(round& r) = 0;
  virtual void right(round& r) = 0;
  /// What came of the round: an index into the race's outcomes. On the left.
  virtual std::size_t outcome(const round& r) = 0;

  /// A race that waits for the clock plays several rounds at once, with one offset: so many, and what
  /// came of each.
  virtual std::size_t rounds_at_once() const { return 1; }
  virtual std::size_t outcome_of(const round& r, std::size_t /*which*/) { return outcome(r); }

  /// Before the first and after the last round, on the right.
  virtual void begin() {}
  virtual void end() {}
};

/// Ends the program: `what` was seen and must not be.
[[noreturn]] void impossible(const std::string& what);

inline void require(bool holds, std::string_view what) {
  if (!holds) impossible(std::string{what});
}

/// A race that can be asked for by its name.
struct contest {
  std::string_view name;
  std::span<const std::string_view> outcomes;
  std::unique_ptr<race> (*make)();
};

/// All of them, sorted by name.
std::vector<contest>& contests();

template <class R>
struct entry {
  entry() {
    contests().push_back(
        {R::name, R::outcomes, []() -> std::unique_ptr<race> { return std::make_unique<R>(); }});
  }
};

/// Runs the race and prints what came of it. False: an outcome was too rare, or something was left.
bool run(const contest& what, std::uint64_t rounds, unsigned threads);

// ---- what contestants do

/// The next `M`, without giving the thread to others.
template <class M>
M take() {
  std::optional<M> taken;
  spin_until([&] {
    return otp::receive([&](M message) { return taken.emplace(std::move(message)), true; },
                        otp::after(0s, [] { return false; }));
  });
  return *std::move(taken);
}

/// The next `M` if it has arrived already.
template <class M>
std::optional<M> take_if_there() {
  return otp::receive([](M message) { return std::optional<M>{std::move(message)}; },
                      otp::after(0s, [] { return std::optional<M>{}; }));
}

/// The next `M`; others run meanwhile.
template <class M>
M await() {
  return otp::receive([](M message) { return message; });
}

/// Acts on the signals that have arrived.
inline void look_at_signals() {
  otp::receive(otp::after(0s, [] {}));
}

/// Nothing may be in the mailbox.
inline void expect_silence() {
  otp::receive(
      [](otp::any_message m) { impossible(fmt::format("a message nobody awaits: {}", m.type)); },
      otp::after(0s, [] {}));
}

/// A race against a process that ends with `boom`; it is made anew on the right in each round.
class against_exit : public race {
 public:
  void right(round& r) override {
    const auto mortal = start([this, &r] { live(r); });
    const auto end = await<otp::down>();
    require(end.process == mortal && end.reason == otp::exit_reason{boom{r.number()}},
            "the mortal did not end with boom");
  }

 protected:
  /// For the left one: the process that is going to end. It is not at the line yet.
  otp::pid mortal(const round& r) {
    spin_until([&] { return born_.load(std::memory_order_acquire) == r.number(); });
    return mortal_;
  }

  /// What the mortal does before the race, and at the last moment.
  virtual void prepare() {}
  virtual void last_act(const round&) {}

 private:
  void live(round& r) {
    prepare();
    mortal_ = self();
    born_.store(r.number(), std::memory_order_release);  // publishes mortal_
    r.right_at_line();
    look_at_signals();  // what comes later finds nobody
    last_act(r);
    otp::exit(boom{r.number()});
  }

  otp::pid mortal_;
  std::atomic<std::uint64_t> born_{0};
};

}  // namespace races
