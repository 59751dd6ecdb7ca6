// What happened in a program, here or on Erlang, and when two such reports say the same.
#pragma once

#include <compare>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace differential {

/// Something that a process did or received.
struct event {
  int step = 0;
  std::string observer;  ///< Who tells it.
  std::string source;    ///< Who caused it: a process, a name, a timer, or "self".
  std::string text;

  auto operator<=>(const event&) const = default;
};

/// Events in an order that depends only on what OTP promises: by step, observer and source, and
/// then as they came. An EXIT and DOWNs of the same process are in no order among each other
/// (P-063).
class outcome {
 public:
  outcome() = default;
  explicit outcome(std::vector<event> events);

  const std::vector<event>& events() const noexcept { return events_; }

  /// What happened until the end of a step, numbered from 1, without the names at the end.
  outcome first_steps(std::size_t count) const;

  /// The same without the messages that a process read in the step in which it died: how many of
  /// them it still reads is not promised.
  outcome without_last_reads() const;

  bool operator==(const outcome&) const = default;
  auto operator<=>(const outcome&) const = default;

 private:
  std::vector<event> events_;
};

/// One event a line: step, observer, source, text.
std::string to_text(const outcome& what);
outcome parse_outcome(std::string_view text);

/// Where two outcomes differ, for people: the steps that are not the same, with both sides.
std::string difference(const outcome& here, const outcome& erlang);

}  // namespace differential
