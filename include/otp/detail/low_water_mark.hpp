// How much of a store nobody has needed for a while, and may therefore go back to the system.
#pragma once

#include <algorithm>
#include <cstddef>
#include <utility>

namespace otp::detail {

/// The least that was in a store since the last look. Not thread-safe.
class low_water_mark {
 public:
  /// Something was taken, and `left` are left.
  void taken(std::size_t left) noexcept { least_ = std::min(least_, left); }

  /// How many of the `count` that are there now nobody has needed since the last look. What came
  /// since then counts the next time.
  std::size_t look(std::size_t count) noexcept {
    return std::min(std::exchange(least_, count), count);
  }

 private:
  std::size_t least_ = 0;
};

}  // namespace otp::detail
