// A small generator of random numbers that is the same everywhere.
#pragma once

#include <cstdint>

namespace otp::detail {

// Steele, Lea, Flood 2014.
class splitmix64 {
 public:
  explicit splitmix64(std::uint64_t seed) noexcept : state_{seed} {}

  std::uint64_t operator()() noexcept {
    auto z = (state_ += 0x9E3779B97F4A7C15ULL);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

}  // namespace otp::detail
