// How the depot trades blocks, and cuts fresh ones.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/block_depot.hpp>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace otp::detail {

OTP_DECL block_depot& block_depot::instance() {
  static auto* const depot = new block_depot;  // outlives every runtime and static destructor
  return *depot;
}

OTP_DECL free_block* block_depot::take(std::size_t size_class) {
  auto& shelf = shelves_[size_class];
  const std::lock_guard lock{shelf.mutex};
  return take_locked(shelf, size_class);
}

OTP_DECL void block_depot::put(std::size_t size_class, free_block* magazine) noexcept {
  auto& shelf = shelves_[size_class];
  const std::lock_guard lock{shelf.mutex};
  magazine->next_magazine = std::exchange(shelf.magazines, magazine);
}

OTP_DECL void* block_depot::take_one(std::size_t size_class) {
  auto& shelf = shelves_[size_class];
  const std::lock_guard lock{shelf.mutex};
  if (shelf.single == nullptr) {
    shelf.single = take_locked(shelf, size_class);
    shelf.single_count = magazine_size;
  }
  --shelf.single_count;
  return std::exchange(shelf.single, shelf.single->next);
}

OTP_DECL void block_depot::put_one(std::size_t size_class, void* memory) noexcept {
  auto& shelf = shelves_[size_class];
  auto* const block = static_cast<free_block*>(memory);
  const std::lock_guard lock{shelf.mutex};
  block->next = std::exchange(shelf.single, block);
  if (++shelf.single_count < magazine_size) return;
  shelf.single->next_magazine = std::exchange(shelf.magazines, shelf.single);
  shelf.single = nullptr;
  shelf.single_count = 0;
}

OTP_DECL free_block* block_depot::take_locked(shelf_of_class& shelf, std::size_t size_class) {
  if (auto* const magazine = shelf.magazines) {
    shelf.magazines = magazine->next_magazine;
    return magazine;
  }
  const auto size = size_class * granule;
  const auto needed = size * magazine_size;
  static_assert((classes - 1) * granule * magazine_size <= slab_size);
  if (static_cast<std::size_t>(shelf.fresh_end - shelf.fresh) < needed) {
    shelf.fresh = open_slab();  // what is left of the old one is less than a magazine
    shelf.fresh_end = shelf.fresh + slab_size;
  }
  // In the order of their addresses, which is the one that the processor fetches ahead.
  free_block* next = nullptr;
  for (std::size_t at = needed; at != 0; at -= size) {
    next = ::new (static_cast<void*>(shelf.fresh + (at - size))) free_block{next, nullptr};
  }
  shelf.fresh += needed;
  return next;
}

OTP_DECL std::byte* block_depot::open_slab() {
  const std::lock_guard lock{region_mutex_};
  if (region_ == region_end_) {
    // From malloc, so that leak checkers look for pointers in it. Huge pages are not asked for: when
    // none is free, the kernel makes one at once, and that may take longer than all else.
    constexpr std::size_t cache_line = 64;
    auto* const memory = static_cast<std::byte*>(std::aligned_alloc(cache_line, region_size));
    if (memory == nullptr) throw std::bad_alloc{};
    region_ = memory;
    region_end_ = memory + region_size;
  }
  return std::exchange(region_, region_ + slab_size);
}

}  // namespace otp::detail
