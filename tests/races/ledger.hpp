// What goes into a race must come out of it: processes, messages and exit reasons that are counted
// when they begin and when they end.
#pragma once

#include <otp/process.hpp>

#include <atomic>
#include <cstdint>
#include <utility>

namespace races {

/// The counts of the race that is being run.
struct ledger {
  std::atomic<std::uint64_t> started{0};  ///< Processes.
  std::atomic<std::uint64_t> ended{0};
  std::atomic<std::uint64_t> sent{0};  ///< Messages.
  std::atomic<std::uint64_t> received{0};
  std::atomic<std::uint64_t> lost{0};    ///< Dropped, as those to a process that has ended.
  std::atomic<std::int64_t> reasons{0};  ///< Exit reasons that exist.

  void clear() {
    for (auto* each : {&started, &ended, &sent, &received, &lost}) *each = 0;
    reasons = 0;
  }
};

inline ledger& book() {
  static ledger the_book;
  return the_book;
}

inline void count(std::atomic<std::uint64_t>& what) {
  what.fetch_add(1, std::memory_order_relaxed);
}

/// Held by a process as long as it lives.
class life {
 public:
  life() { count(book().started); }
  life(life&& other) noexcept : counts_{std::exchange(other.counts_, false)} {}
  life(const life&) = delete;
  life& operator=(const life&) = delete;
  life& operator=(life&&) = delete;
  ~life() {
    if (counts_) count(book().ended);
  }

 private:
  bool counts_ = true;
};

/// As otp::spawn_monitor, with a life.
template <class F>
otp::pid start(F body) {
  return otp::spawn_monitor([body = std::move(body), held = life{}]() mutable { body(); }).first;
}

/// A message of one round.
class parcel {
 public:
  explicit parcel(std::uint64_t round) : round_{round} { count(book().sent); }
  parcel(parcel&& other) noexcept : round_{std::exchange(other.round_, 0)} {}
  parcel(const parcel&) = delete;
  parcel& operator=(const parcel&) = delete;
  parcel& operator=(parcel&&) = delete;
  ~parcel() {
    if (round_ != 0) count(book().lost);
  }

  /// Receives it: returns its round.
  std::uint64_t open() {
    count(book().received);
    return std::exchange(round_, 0);
  }

 private:
  std::uint64_t round_;  // 0: moved from, or opened
};

/// Why the mortal process of a round ends.
class boom {
 public:
  explicit boom(std::uint64_t round) : round_{round} { ++book().reasons; }
  boom(const boom& other) : round_{other.round_} { ++book().reasons; }
  boom& operator=(const boom&) = delete;
  ~boom() { --book().reasons; }
  friend bool operator==(const boom& a, const boom& b) { return a.round_ == b.round_; }

 private:
  std::uint64_t round_;
};

}  // namespace races
