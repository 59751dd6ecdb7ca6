// When the stores of the whole program are looked at.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/block_depot.hpp>
#include <otp/detail/look_interval.hpp>
#include <otp/detail/process_arena.hpp>
#include <otp/detail/unused_memory.hpp>

#include <chrono>
#include <optional>

namespace otp::detail {

OTP_VISIBLE inline constinit look_interval looks_at_stores;

inline bool stores_have_changed() {
  return block_depot::instance().has_changed() || process_arena::instance().has_changed();
}

OTP_DECL std::optional<std::chrono::nanoseconds> unused_memory::due() {
  if (!stores_have_changed()) return std::nullopt;
  return looks_at_stores.left();
}

OTP_DECL void unused_memory::give_back_if_due() {
  if (!stores_have_changed() || !looks_at_stores.begin()) return;
  block_depot::instance().give_back();
  process_arena::instance().give_back();
}

}  // namespace otp::detail
