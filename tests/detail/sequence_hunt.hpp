// The hunt for a random sequence of events after which two accounts of the same rules differ: plays
// one sequence after the other, counts what was in them, and makes a difference small enough to
// read. What a sequence is comes from outside: it has
//
//     static Sequence random(std::uint64_t seed);
//     std::size_t size() const;                     // how many events
//     void cut(std::size_t events);                 // drops what comes after
//     std::vector<Sequence> simpler() const;        // each a little smaller
#pragma once

#include "detail/sequences.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp_test {

// What was in the sequences that were played.
class sequence_mix {
 public:
  void count(std::string_view what) {
    const auto at = counts_.find(what);
    if (at != counts_.end()) {
      ++at->second;
    } else {
      counts_.emplace(what, 1);
    }
  }

  // A sequence was played to its end, or to the end of the machine.
  void ended(std::size_t events) {
    ++sequences_;
    events_ += events;
    shortest_ = std::min(shortest_, events);
    longest_ = std::max(longest_, events);
  }

  std::uint64_t sequences() const { return sequences_; }
  std::uint64_t of(std::string_view what) const {
    const auto at = counts_.find(what);
    return at == counts_.end() ? 0 : at->second;
  }

  std::string table() const {
    if (sequences_ == 0) return "no sequences";
    std::string text =
        fmt::format("{} sequences of {} to {} events, {:.1f} in the mean\n", sequences_, shortest_,
                    longest_, static_cast<double>(events_) / static_cast<double>(sequences_));
    for (const auto& [what, times] : counts_) text += fmt::format("{:>12}  {}\n", times, what);
    return text;
  }

 private:
  std::map<std::string, std::uint64_t, std::less<>> counts_;
  std::uint64_t sequences_ = 0;
  std::uint64_t events_ = 0;
  std::size_t shortest_ = SIZE_MAX;
  std::size_t longest_ = 0;
};

// A sequence that shows a difference, as it was found and as small as it could be made.
template <class Sequence>
struct sequence_found {
  std::uint64_t seed = 0;
  std::uint64_t played = 0;  // sequences, until this one
  Sequence original;
  Sequence smallest;

  std::string summary() const {
    return fmt::format("seed {}, sequence {}: {} events, shrunk to {}", seed, played,
                       original.size(), smallest.size());
  }
};

// Takes what is simpler and still fails, until nothing is.
template <class Sequence, class Fails>
Sequence shrunk(Sequence failing, Fails fails) {
  for (bool smaller = true; smaller;) {
    smaller = false;
    for (Sequence& candidate : failing.simpler()) {
      if (!fails(candidate)) continue;
      failing = std::move(candidate);
      smaller = true;
      break;
    }
  }
  return failing;
}

// Plays sequences until one differs. `play(sequence, mix*)` returns the number of events after
// which the two accounts differ, or nothing. With OTP_TEST_SEQUENCES set it says how far it is, and
// at the end what was in the sequences; OTP_TEST_SEED is the first seed.
template <class Sequence, class Play>
std::optional<sequence_found<Sequence>> first_difference(std::string_view name,
                                                         std::uint64_t by_default, Play play) {
  const bool talks = std::getenv("OTP_TEST_SEQUENCES") != nullptr;
  const std::uint64_t total = sequences(by_default);
  const std::uint64_t first = first_seed();
  sequence_mix mix;
  for (std::uint64_t n = 0; n < total; ++n) {
    Sequence sequence = Sequence::random(first + n);
    if (const std::optional<std::size_t> failed = play(sequence, &mix)) {
      Sequence smaller = sequence;
      smaller.cut(*failed);
      smaller = shrunk(std::move(smaller),
                       [&](const Sequence& each) { return play(each, nullptr).has_value(); });
      return sequence_found<Sequence>{first + n, n + 1, std::move(sequence), std::move(smaller)};
    }
    if (talks && total >= 20 && (n + 1) % (total / 20) == 0) {
      fmt::print(stderr, "{}: {} of {} sequences\n", name, n + 1, total);
    }
  }
  if (talks) {
    fmt::print("{}: seeds {} to {}, no difference; {}", name, first, first + total - 1,
               mix.table());
    std::fflush(stdout);
  }
  return std::nullopt;
}

}  // namespace otp_test
