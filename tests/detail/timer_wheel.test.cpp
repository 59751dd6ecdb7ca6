// The timer wheel against a model, a std::set ordered by (due, sequence), and its edges.
#include "support/catch.hpp"
#include <otp/detail/timer_wheel.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <limits>
#include <random>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

using otp::detail::timer_node;
using otp::detail::timer_wheel;

namespace {

constexpr std::int64_t millisecond = 1'000'000;
constexpr std::int64_t second = 1000 * millisecond;
constexpr std::int64_t day = 86'400 * second;
constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

struct timer : timer_node {
  timer(std::int64_t when, std::uint64_t order) {
    due = when;
    sequence = order;
  }
};

// The dues that fire at `now`, in order.
std::vector<std::int64_t> expire(timer_wheel& wheel, std::int64_t now) {
  std::vector<std::int64_t> dues;
  wheel.expire(now, [&](timer_node& node) { dues.push_back(node.due); });
  return dues;
}

using dues = std::vector<std::int64_t>;

// The wheel and its model, given the same commands. Draws are by `%`: the standard distributions
// differ between libraries, and a seed should mean the same everywhere.
class paired {
 public:
  explicit paired(std::uint64_t seed)
      : random_(seed), now_(draw(2) == 0 ? 0 : draw(3 * day)), wheel_(now_) {}

  void step() {
    const auto choice = draw(100);
    if (choice < 45) {
      insert(now_ + delay());
    } else if (choice < 65) {
      erase_one();
    } else {
      advance();
    }
    REQUIRE(wheel_.size() == model_.size());
    REQUIRE(wheel_.empty() == model_.empty());
    const auto next = wheel_.next_due();
    REQUIRE(next.has_value() == !model_.empty());
    if (next) REQUIRE(*next <= std::get<0>(*model_.begin()));
  }

  // Follows next_due() to the end: every timer fires at its very time, after few calls.
  void drain() {
    std::size_t calls = 0;
    const std::size_t timers = model_.size();
    while (const auto next = wheel_.next_due()) {
      now_ = std::max(now_, *next);
      wheel_.expire(now_, [&](timer_node& node) {
        CHECK((node.due == now_ || node.due < start_of_drain_));
        fired(node, now_);
      });
      ++calls;
      REQUIRE(calls <= 8 * timers + 8);
    }
    CHECK(model_.empty());
  }

  void begin_drain() { start_of_drain_ = now_; }

 private:
  using key = std::tuple<std::int64_t, std::uint64_t, timer*>;

  std::int64_t draw(std::int64_t below) {
    return static_cast<std::int64_t>(random_() % static_cast<std::uint64_t>(below));
  }

  std::int64_t delay() {
    switch (draw(8)) {
      case 0:
        return -draw(second);
      case 1:
        return 0;
      case 2:
        return draw(100);
      case 3:
        return draw(100'000);
      case 4:
        return draw(50 * millisecond);
      case 5:
        return draw(10 * second);
      case 6:
        return draw(400 * day);
      default:
        return (never - now_) / (1 + draw(4));
    }
  }

  timer& insert(std::int64_t due) {
    timer& t = storage_.emplace_back(due, sequence_++);
    wheel_.insert(t);
    CHECK(t.linked());
    model_.emplace(t.due, t.sequence, &t);
    return t;
  }

  void erase_one() {
    if (model_.empty()) return;
    auto at = model_.lower_bound({now_ + delay(), 0, nullptr});
    if (at == model_.end()) --at;
    erase(std::get<2>(*at));
  }

  void erase(timer* t) {
    wheel_.erase(*t);
    CHECK(!t->linked());
    model_.erase({t->due, t->sequence, t});
  }

  void fired(timer_node& node, std::int64_t now) {
    auto& t = static_cast<timer&>(node);
    REQUIRE(!t.linked());
    REQUIRE(t.due <= now);
    REQUIRE(!model_.empty());
    // Whatever the callbacks insert waits, so the model's first timer among the older ones is it.
    REQUIRE(model_.erase({t.due, t.sequence, &t}) == 1);
  }

  void advance() {
    now_ = std::min(std::max(now_, now_ + delay()), never - 400 * day);
    const std::uint64_t first_new = sequence_;
    std::pair<std::int64_t, std::uint64_t> last{std::numeric_limits<std::int64_t>::min(), 0};
    wheel_.expire(now_, [&](timer_node& node) {
      const std::pair<std::int64_t, std::uint64_t> at{node.due, node.sequence};
      REQUIRE(at > last);
      REQUIRE(node.sequence < first_new);
      last = at;
      fired(node, now_);
      if (draw(4) == 0) insert(now_ + delay());
      if (draw(4) == 0 && !model_.empty()) erase(std::get<2>(*model_.begin()));
      if (draw(16) == 0) erase_one();
    });
    // Nothing older is left behind.
    for (const auto& [due, sequence, t] : model_) {
      if (due > now_) break;
      REQUIRE(sequence >= first_new);
    }
  }

  std::mt19937_64 random_;
  std::int64_t now_;
  timer_wheel wheel_;
  std::set<key> model_;
  std::deque<timer> storage_;
  std::uint64_t sequence_ = 0;
  std::int64_t start_of_drain_ = 0;
};

}  // namespace

TEST_CASE("timers fire in the order of their times, not before, and once") {
  timer_wheel wheel(5 * second);
  timer a(6 * second, 1);
  timer b(5 * second + 1, 2);
  timer c(5 * second + 2 * millisecond, 3);
  for (timer* t : {&a, &b, &c}) wheel.insert(*t);
  CHECK(wheel.size() == 3);
  CHECK(expire(wheel, 5 * second).empty());
  CHECK(expire(wheel, 5 * second + 1) == dues{b.due});
  CHECK(!b.linked());
  CHECK(expire(wheel, c.due - 1).empty());
  CHECK(expire(wheel, 7 * second) == dues{c.due, a.due});
  CHECK(wheel.empty());
  CHECK(expire(wheel, 8 * second).empty());
}

TEST_CASE("timers of the same time fire in the order of their sequence, whenever they were added") {
  timer_wheel wheel(0);
  std::deque<timer> timers;
  std::vector<std::uint64_t> fired;
  for (const std::uint64_t sequence : {5u, 1u, 4u, 2u, 3u}) {
    wheel.insert(timers.emplace_back(second, sequence));
  }
  wheel.expire(900 * millisecond, [](timer_node&) {});
  wheel.insert(timers.emplace_back(second, 0u));
  wheel.expire(second, [&](timer_node& node) { fired.push_back(node.sequence); });
  CHECK(fired == std::vector<std::uint64_t>{0, 1, 2, 3, 4, 5});
}

TEST_CASE("a time in the past is fired by the next call, before what became due since") {
  timer_wheel wheel(10 * second);
  timer late(10 * second + 5, 1);
  timer past(3 * second, 2);
  timer negative(-7, 3);
  wheel.insert(late);
  wheel.insert(past);
  wheel.insert(negative);
  CHECK(*wheel.next_due() == -7);
  CHECK(expire(wheel, 10 * second + 5) == dues{-7, 3 * second, 10 * second + 5});
}

TEST_CASE("days, years and the end of time have a place") {
  timer_wheel wheel(second);
  timer a(second + 30 * day, 1);
  timer b(second + 3650 * day, 2);
  timer c(never, 3);
  timer d(never, 4);
  for (timer* t : {&d, &c, &b, &a}) wheel.insert(*t);
  CHECK(*wheel.next_due() == a.due);
  CHECK(expire(wheel, a.due - 1).empty());
  CHECK(expire(wheel, a.due) == dues{a.due});
  CHECK(*wheel.next_due() == b.due);
  wheel.erase(d);
  CHECK(expire(wheel, never - 1) == dues{b.due});
  CHECK(*wheel.next_due() == never);
  CHECK(expire(wheel, never) == dues{never});
}

TEST_CASE("erasing takes a timer out wherever it stands") {
  timer_wheel wheel(0);
  std::deque<timer> timers;
  for (std::int64_t due = 1; due < never / 3; due *= 3) {
    wheel.insert(timers.emplace_back(due, 0));
  }
  for (timer& t : timers) {
    wheel.erase(t);
    CHECK(!t.linked());
  }
  CHECK(wheel.empty());
  CHECK(!wheel.next_due());
  CHECK(expire(wheel, never).empty());
}

TEST_CASE("a callback may erase timers that are already on their way to be fired") {
  timer_wheel wheel(0);
  timer a(10, 1);
  timer b(20, 2);
  timer c(30, 3);
  timer d(5 * second, 4);
  for (timer* t : {&a, &b, &c, &d}) wheel.insert(*t);
  std::vector<std::int64_t> fired;
  const auto count = wheel.expire(6 * second, [&](timer_node& node) {
    fired.push_back(node.due);
    if (&node == &a) {
      CHECK(b.linked());
      wheel.erase(b);
      wheel.erase(d);
      CHECK(wheel.size() == 1);
      CHECK(*wheel.next_due() == 30);
    }
  });
  CHECK(count == 2);
  CHECK(fired == dues{10, 30});
  CHECK(wheel.empty());
}

TEST_CASE("a timer inserted by a callback waits for the next call, however late it is") {
  timer_wheel wheel(0);
  timer a(second, 1);
  wheel.insert(a);
  int calls = 0;
  const auto again = [&](timer_node& node) {
    ++calls;
    node.due = 0;
    wheel.insert(node);
  };
  CHECK(wheel.expire(second, again) == 1);
  CHECK(*wheel.next_due() == 0);
  CHECK(wheel.expire(second, again) == 1);
  CHECK(calls == 2);
}

TEST_CASE("what a throwing callback leaves behind is fired by the next call") {
  timer_wheel wheel(0);
  timer a(10, 1);
  timer b(20, 2);
  timer c(3 * second, 3);
  for (timer* t : {&a, &b, &c}) wheel.insert(*t);
  CHECK_THROWS_AS(wheel.expire(second, [](timer_node&) { throw 1; }), int);
  CHECK(wheel.size() == 2);
  CHECK(*wheel.next_due() == 20);
  CHECK(expire(wheel, 3 * second) == dues{20, 3 * second});
}

TEST_CASE("a clock that steps back fires nothing early and loses nothing") {
  timer_wheel wheel(10 * second);
  timer a(12 * second, 1);
  wheel.insert(a);
  CHECK(expire(wheel, 11 * second).empty());
  timer b(9 * second, 2);
  wheel.insert(b);
  CHECK(expire(wheel, 8 * second).empty());
  CHECK(expire(wheel, 10 * second) == dues{9 * second});
  CHECK(expire(wheel, 12 * second) == dues{12 * second});
}

TEST_CASE("next_due leads to a far timer in few steps, also through a crowd") {
  timer_wheel wheel(0);
  std::deque<timer> timers;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    wheel.insert(timers.emplace_back(100 * day + static_cast<std::int64_t>(i), i));
  }
  int steps = 0;
  std::size_t fired = 0;
  std::int64_t now = 0;
  while (const auto next = wheel.next_due()) {
    REQUIRE(*next > now);
    now = *next;
    ++steps;
    fired += wheel.expire(now, [&](timer_node& node) { CHECK(node.due == now); });
  }
  CHECK(fired == 1000);
  CHECK(steps <= 1000 + 6);
}

TEST_CASE("the wheel does what its model does") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    INFO("seed " << seed);
    paired both(seed);
    for (int i = 0; i < 1500; ++i) both.step();
    both.begin_drain();
    both.drain();
  }
}
