// The timers of one worker: a hierarchical wheel, so that arming, disarming and firing cost the
// same for one timer and for a million.
//
// Time is cut into ticks of 2^15 ns (33 µs), and the number of a tick into six digits of eight
// bits: one level of 256 slots for each digit. A timer stands at the level of the highest digit in
// which its tick differs from the current one, in the slot of that digit. So whatever stands at a
// level is due before everything at the levels above, and a timer moves down only when the current
// tick enters its slot. The tick decides where a timer stands, never whether it fires: that is
// decided by its exact time.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace otp::detail {

/// A place in a circular list.
struct timer_link {
  timer_link* prev = nullptr;
  timer_link* next = nullptr;
};

/// A timer, embedded in what it belongs to. Its `due` and `sequence` must not change while it is
/// linked.
struct timer_node : timer_link {
  std::int64_t due = 0;        ///< When to fire, in nanoseconds on the clock of the wheel's owner.
  std::uint64_t sequence = 0;  ///< Orders timers of the same `due`.

  /// Whether it is in a wheel.
  bool linked() const noexcept { return next != nullptr; }
};

/// Timers ordered by (due, sequence). Belongs to one thread at a time. Does not own the nodes, and
/// does not touch those that are left in it when it is destroyed. Never allocates.
class timer_wheel {
 public:
  /// `now` is where time begins: not negative.
  explicit timer_wheel(std::int64_t now = 0) noexcept : tick_(tick_of(now)) {
    for (slot& s : slots_) clear(s);
    expiring_ = {&expiring_, &expiring_};
  }

  timer_wheel(const timer_wheel&) = delete;
  timer_wheel& operator=(const timer_wheel&) = delete;

  /// Adds a node that is not linked. A time in the past is fired by the next `expire`. O(1).
  void insert(timer_node& node) noexcept {
    place(node);
    ++size_;
  }

  /// Removes a node of this wheel, also one that `expire` was about to fire. O(1).
  void erase(timer_node& node) noexcept {
    unlink(node);
    --size_;
  }

  /// Calls `fire(timer_node&)` for each node with due <= now, in the order of (due, sequence), and
  /// returns how many it called. A node is no longer linked when it is fired.
  ///
  /// `fire` may insert and erase any node, and destroy the one that it was given. A node inserted
  /// by `fire` waits for the next `expire`, however long it has been due. If `fire` throws, what
  /// was not fired yet is fired by the next `expire`. A `now` before an earlier one fires nothing
  /// early.
  template <class Fire>
  std::size_t expire(std::int64_t now, Fire&& fire) {
    collect(now);
    std::size_t fired = 0;
    while (expiring_.next != &expiring_) {
      timer_node& node = node_of(*expiring_.next);
      if (node.due > now) break;  // left behind by a throw, before the clock stepped back
      erase(node);
      ++fired;
      fire(node);
    }
    return fired;
  }

  /// Returns a time not later than the earliest `due`, nothing when the wheel is empty. Exact when
  /// the earliest is less than 8 ms away or has few neighbours; else `expire` at the time returned
  /// fires nothing but makes the next answer better.
  std::optional<std::int64_t> next_due() const noexcept {
    if (expiring_.next != &expiring_) return node_of(*expiring_.next).due;
    const std::optional<position> first = earliest();
    if (!first) return std::nullopt;
    constexpr std::size_t neighbours = 64;
    std::int64_t due = std::numeric_limits<std::int64_t>::max();
    std::size_t seen = 0;
    for (const timer_link& lane : slots_[first->index].lane) {
      for (const timer_link* at = lane.next; at != &lane; at = at->next) {
        if (first->level != 0 && ++seen > neighbours) {
          return static_cast<std::int64_t>(first->tick << tick_bits);
        }
        due = std::min(due, node_of(*at).due);
      }
    }
    return due;
  }

  bool empty() const noexcept { return size_ == 0; }
  std::size_t size() const noexcept { return size_; }

 private:
  static constexpr unsigned tick_bits = 15;
  static constexpr unsigned digit_bits = 8;
  static constexpr std::size_t width = std::size_t{1} << digit_bits;
  static constexpr unsigned levels = 6;
  static_assert(tick_bits + levels * digit_bits == 63, "every time must have a place");

  // A walk along one list waits for memory at each timer, along four for four timers at once: a
  // quarter of the time for a million timers in random order. They are dealt out in turn, so that
  // the order in which they came survives.
  static constexpr std::size_t lanes = 4;
  struct alignas(64) slot {
    std::array<timer_link, lanes> lane;
  };

  struct position {
    unsigned level;
    std::size_t index;   // in slots_
    std::uint64_t tick;  // the first tick that the slot stands for
  };

  static std::uint64_t tick_of(std::int64_t time) noexcept {
    return time < 0 ? 0 : static_cast<std::uint64_t>(time) >> tick_bits;
  }

  static timer_node& node_of(timer_link& link) noexcept { return static_cast<timer_node&>(link); }
  static const timer_node& node_of(const timer_link& link) noexcept {
    return static_cast<const timer_node&>(link);
  }

  static std::size_t digit(std::uint64_t tick, unsigned level) noexcept {
    return static_cast<std::size_t>(tick >> (level * digit_bits)) & (width - 1);
  }

  static void append(timer_link& list, timer_link& link) noexcept {
    link.prev = list.prev;
    link.next = &list;
    list.prev->next = &link;
    list.prev = &link;
  }

  void place(timer_node& node) noexcept {
    const std::uint64_t tick = std::max(tick_of(node.due), tick_);
    const std::uint64_t difference = tick ^ tick_;
    const unsigned level = (static_cast<unsigned>(std::bit_width(difference | 1)) - 1) / digit_bits;
    const std::size_t index = level * width + digit(tick, level);
    append(slots_[index].lane[turns_[index]++ % lanes], node);
    occupied_[index / 64] |= std::uint64_t{1} << (index % 64);
  }

  void unlink(timer_node& node) noexcept {
    timer_link* const before = node.prev;
    timer_link* const after = node.next;
    before->next = after;
    after->prev = before;
    node.prev = node.next = nullptr;
    if (before == after && before != &expiring_) vacate(*before);
  }

  static void clear(slot& s) noexcept {
    for (timer_link& lane : s.lane) lane = {&lane, &lane};
  }

  // Of a lane, only its head is left.
  void vacate(const timer_link& head) noexcept {
    const auto offset = static_cast<std::size_t>(reinterpret_cast<const std::byte*>(&head) -
                                                 reinterpret_cast<const std::byte*>(slots_.data()));
    const std::size_t index = offset / sizeof(slot);
    for (const timer_link& lane : slots_[index].lane) {
      if (lane.next != &lane) return;
    }
    occupied_[index / 64] &= ~(std::uint64_t{1} << (index % 64));
    turns_[index] = 0;
  }

  // Calls f(node) for what is in a slot, about in the order in which it came. `f` may unlink it.
  template <class F>
  static void for_each(slot& s, F f) noexcept {
    std::array<timer_link*, lanes> at;
    for (std::size_t i = 0; i < lanes; ++i) __builtin_prefetch(at[i] = s.lane[i].next);
    for (bool more = true; more;) {
      more = false;
      for (std::size_t i = 0; i < lanes; ++i) {
        if (at[i] == &s.lane[i]) continue;
        timer_node& node = node_of(*at[i]);
        __builtin_prefetch(at[i] = node.next);
        f(node);
        more = true;
      }
    }
  }

  // The first occupied slot of a level at or after a digit.
  std::optional<std::size_t> find(unsigned level, std::size_t from) const noexcept {
    constexpr std::size_t words = width / 64;
    if (from >= width) return std::nullopt;
    std::size_t word = from / 64;
    std::uint64_t bits = occupied_[level * words + word] & (~std::uint64_t{0} << (from % 64));
    while (bits == 0) {
      if (++word == words) return std::nullopt;
      bits = occupied_[level * words + word];
    }
    return word * 64 + static_cast<std::size_t>(std::countr_zero(bits));
  }

  // The slot that holds the earliest timer.
  std::optional<position> earliest() const noexcept {
    for (unsigned level = 0; level < levels; ++level) {
      const std::size_t current = digit(tick_, level);
      const auto found = find(level, level == 0 ? current : current + 1);
      if (!found) continue;
      const unsigned shift = level * digit_bits;
      const std::uint64_t above = tick_ >> shift >> digit_bits << digit_bits;
      return position{level, level * width + *found, (above | *found) << shift};
    }
    return std::nullopt;
  }

  // Moves everything that is due to expiring_, in order, and the current tick to that of `now`.
  void collect(std::int64_t now) noexcept {
    const std::uint64_t target = std::max(tick_of(now), tick_);
    for (;;) {
      const std::optional<position> next = earliest();
      if (!next || next->tick > target) break;
      tick_ = next->tick;
      if (next->level != 0) {
        spread(slots_[next->index]);
      } else {
        take_due(slots_[next->index], now);
        if (tick_ == target) break;
      }
    }
    tick_ = target;
  }

  // Deals the timers of a slot that the current tick has entered out to the levels below.
  void spread(slot& s) noexcept {
    for_each(s, [this](timer_node& node) { place(node); });
    clear(s);
    vacate(s.lane[0]);
  }

  // Takes the timers of the current tick that are due.
  void take_due(slot& s, std::int64_t now) noexcept {
    timer_link due{&due, &due};
    bool sorted = true;
    for_each(s, [&](timer_node& node) {
      if (node.due > now) return;
      unlink(node);
      sorted = sorted && (due.prev == &due || !before(node, node_of(*due.prev)));
      append(due, node);
    });
    if (due.next == &due) return;
    if (!sorted) sort(due);
    expiring_.prev->next = due.next;
    due.next->prev = expiring_.prev;
    due.prev->next = &expiring_;
    expiring_.prev = due.prev;
  }

  static bool before(const timer_node& a, const timer_node& b) noexcept {
    return a.due != b.due ? a.due < b.due : a.sequence < b.sequence;
  }

  // A merge sort of the list, from the bottom up: runs[i] holds 2^i nodes or none.
  static void sort(timer_link& list) noexcept {
    std::array<timer_link*, 64> runs{};
    std::size_t used = 0;
    list.prev->next = nullptr;
    for (timer_link* at = list.next; at != nullptr;) {
      timer_link* run = std::exchange(at, at->next);
      run->next = nullptr;
      std::size_t i = 0;
      for (; runs[i] != nullptr; ++i) run = merge(std::exchange(runs[i], nullptr), run);
      runs[i] = run;
      used = std::max(used, i + 1);
    }
    timer_link* all = nullptr;
    for (std::size_t i = 0; i < used; ++i) all = merge(runs[i], all);
    list = {&list, &list};
    while (all != nullptr) append(list, *std::exchange(all, all->next));
  }

  // Merges two runs linked by `next`; of equal nodes, those of `first` come first.
  static timer_link* merge(timer_link* first, timer_link* second) noexcept {
    timer_link* merged = nullptr;
    timer_link** end = &merged;
    while (first != nullptr && second != nullptr) {
      timer_link*& smaller = before(node_of(*second), node_of(*first)) ? second : first;
      *end = smaller;
      end = &smaller->next;
      smaller = *end;
    }
    *end = first != nullptr ? first : second;
    return merged;
  }

  std::uint64_t tick_;  // everything before it was fired or is in expiring_
  std::size_t size_ = 0;
  timer_link expiring_;
  std::array<std::uint64_t, levels * width / 64> occupied_{};
  std::array<std::uint8_t, levels * width> turns_{};
  std::array<slot, levels * width> slots_;
};

}  // namespace otp::detail
