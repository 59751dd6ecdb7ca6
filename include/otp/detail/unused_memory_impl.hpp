// When the stores are looked at.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/block_depot.hpp>
#include <otp/detail/process_arena.hpp>
#include <otp/detail/unused_memory.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

namespace otp::detail {

OTP_VISIBLE inline constinit std::atomic<std::int64_t> next_look_at_stores{0};  // steady nanoseconds

inline std::int64_t steady_nanoseconds() {
  return std::chrono::nanoseconds{std::chrono::steady_clock::now().time_since_epoch()}.count();
}

OTP_DECL std::optional<std::chrono::nanoseconds> unused_memory::due() {
  if (!block_depot::instance().has_changed() && !process_arena::instance().has_changed()) {
    return std::nullopt;
  }
  const auto left = next_look_at_stores.load(std::memory_order_relaxed) - steady_nanoseconds();
  return std::chrono::nanoseconds{std::max<std::int64_t>(left, 0)};
}

OTP_DECL void unused_memory::give_back_if_due() {
  if (!block_depot::instance().has_changed() && !process_arena::instance().has_changed()) return;
  const auto now = steady_nanoseconds();
  auto next = next_look_at_stores.load(std::memory_order_relaxed);
  if (now < next) return;
  // One thread looks. Nothing is published by this: the stores have locks of their own.
  if (!next_look_at_stores.compare_exchange_strong(
          next, now + std::chrono::nanoseconds{interval}.count(), std::memory_order_relaxed)) {
    return;
  }
  block_depot::instance().give_back();
  process_arena::instance().give_back();
}

}  // namespace otp::detail
