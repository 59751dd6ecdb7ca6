// What the workers of one runtime share: the parts that are rarely needed.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/runtime_core.hpp>

#include <atomic>
#include <cstdint>
#include <random>

namespace otp::detail {

OTP_DECL std::uint64_t runtime_core::random() {
  if (outside != nullptr) return outside->random();
  auto& state = this_thread().random;
  if (state == 0) state = (std::uint64_t{std::random_device{}()} << 32) | std::random_device{}();
  // splitmix64 (Steele, Lea, Flood 2014)
  auto z = (state += 0x9E3779B97F4A7C15ULL);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

OTP_DECL std::uint64_t runtime_core::next_incarnation() {
  static constinit std::atomic<std::uint64_t> counter{0};
  return counter.fetch_add(1, std::memory_order_relaxed) & 0xFFFF;
}

}  // namespace otp::detail
