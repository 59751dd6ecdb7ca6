// How far apart the two contestants of a round begin. Drawn, and steered by what came of earlier
// rounds: towards the moment at which one outcome turns into another, where the windows are that
// last some nanoseconds, and towards the outcome that was rarest so far.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

namespace races {

/// Draws offsets and is told what became of them. In steps of `pause`; negative: the right one
/// waits.
class steering {
 public:
  steering(std::size_t outcomes, std::uint64_t seed) : outcomes_(outcomes), random_{seed | 1U} {}

  std::int64_t draw() {
    switch (below(8)) {
      case 0:
        return drawn_ = anywhere();
      case 1:
      case 2:
      case 3:
        return drawn_ = like_the_rarest();
      default:
        return drawn_ = between_two();
    }
  }

  /// So many rounds with the offset drawn last ended with `outcome`.
  void learn(std::size_t outcome, std::uint64_t rounds = 1) {
    auto& seen = outcomes_[outcome];
    seen.offsets[seen.lessons++ % seen.offsets.size()] = drawn_;
    seen.count += rounds;
  }

  std::uint64_t count(std::size_t outcome) const { return outcomes_[outcome].count; }

 private:
  static constexpr std::uint64_t magnitudes = 19;  // 2^19 steps are some 200 microseconds

  struct memory {
    std::uint64_t count = 0;
    std::uint64_t lessons = 0;
    std::array<std::int64_t, 16> offsets{};
  };

  // xorshift64*
  std::uint64_t below(std::uint64_t limit) {
    random_ ^= random_ >> 12U;
    random_ ^= random_ << 25U;
    random_ ^= random_ >> 27U;
    return ((random_ * 0x2545f4914f6cdd1dU) >> 33U) % limit;
  }

  // Every order of magnitude as often as every other.
  std::int64_t anywhere() {
    const auto magnitude = std::uint64_t{1} << below(magnitudes);
    const auto size = static_cast<std::int64_t>(magnitude + below(magnitude));
    return below(2) == 0 ? size : -size;
  }

  std::int64_t remembered(const memory& of) {
    return of.offsets[below(std::min<std::uint64_t>(of.lessons, of.offsets.size()))];
  }

  const memory* any_seen() {
    const auto first = below(outcomes_.size());
    for (std::size_t i = 0; i < outcomes_.size(); ++i) {
      const auto& each = outcomes_[(first + i) % outcomes_.size()];
      if (each.count != 0) return &each;
    }
    return nullptr;
  }

  std::int64_t like_the_rarest() {
    const memory* rarest = nullptr;
    for (const auto& each : outcomes_) {
      if (each.count != 0 && (rarest == nullptr || each.count < rarest->count)) rarest = &each;
    }
    if (rarest == nullptr) return anywhere();
    const auto offset = remembered(*rarest);
    const auto play = static_cast<std::uint64_t>(std::abs(offset)) / 16 + 4;
    return offset + static_cast<std::int64_t>(below(2 * play + 1)) -
           static_cast<std::int64_t>(play);
  }

  // What lies between gets remembered for one of them, so this closes in on where they meet.
  std::int64_t between_two() {
    const auto* const one = any_seen();
    const auto* const other = any_seen();
    if (one == nullptr || one == other) return anywhere();
    const auto from = remembered(*one);
    const auto to = remembered(*other);
    const auto way = below(static_cast<std::uint64_t>(std::abs(to - from)) + 1);
    return from + static_cast<std::int64_t>(way) * (from < to ? 1 : -1);
  }

  std::vector<memory> outcomes_;
  std::uint64_t random_;
  std::int64_t drawn_ = 0;
};

}  // namespace races
