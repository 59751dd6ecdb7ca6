// How the depot trades blocks, and cuts fresh ones.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/block_depot.hpp>
#include <otp/detail/populate.hpp>

#include <sys/mman.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

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
  put_locked(shelf, magazine);
  changed_.store(true, std::memory_order_relaxed);
}

OTP_DECL void block_depot::put_locked(shelf_of_class& shelf, free_block* magazine) noexcept {
  magazine->next_magazine = std::exchange(shelf.magazines, magazine);
  ++shelf.count;
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
  const std::lock_guard lock{shelf.mutex};
  if (put_one_locked(shelf, static_cast<free_block*>(memory))) {
    changed_.store(true, std::memory_order_relaxed);
  }
}

// True: a magazine is full.
OTP_DECL bool block_depot::put_one_locked(shelf_of_class& shelf, free_block* block) noexcept {
  block->next = std::exchange(shelf.single, block);
  if (++shelf.single_count < magazine_size) return false;
  put_locked(shelf, std::exchange(shelf.single, nullptr));
  shelf.single_count = 0;
  return true;
}

OTP_DECL free_block* block_depot::take_locked(shelf_of_class& shelf, std::size_t size_class) {
  if (auto* const magazine = shelf.magazines) {
    shelf.magazines = magazine->next_magazine;
    shelf.untouched.taken(--shelf.count);
    return magazine;
  }
  const auto size = size_class * granule;
  const auto needed = size * magazine_size;
  static_assert((classes - 1) * granule * magazine_size <= slab_size);
  if (static_cast<std::size_t>(shelf.fresh_end - shelf.fresh) < needed) {
    const bool is_first = shelf.fresh == nullptr;
    shelf.fresh = open_slab();  // what is left of the old one is less than a magazine
    shelf.fresh_end = shelf.fresh + slab_size;
    if (!is_first) populate(shelf.fresh, slab_size);
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
  if (!dropped_.empty()) {
    auto* const slab = dropped_.back();
    dropped_.pop_back();
    return slab;
  }
  if (region_ == region_end_) open_region();
  return std::exchange(region_, region_ + slab_size);
}

OTP_DECL void block_depot::open_region() {
  dropped_.reserve((regions_.size() + 1) * slabs_of_region);
  // From malloc, so that leak checkers look for pointers in it. Huge pages are not asked for: when
  // none is free, the kernel makes one at once, and that may take longer than all else.
  std::unique_ptr<void, decltype(&std::free)> memory{std::aligned_alloc(region_size, region_size),
                                                     &std::free};
  if (memory == nullptr) throw std::bad_alloc{};
  regions_.try_emplace(reinterpret_cast<std::uintptr_t>(memory.get()) / region_size);
  region_ = static_cast<std::byte*>(memory.release());
  region_end_ = region_ + region_size;
}

// ---- giving back

OTP_DECL void block_depot::give_back() {
  changed_.store(false, std::memory_order_relaxed);
  for (std::size_t size_class = 1; size_class < classes; ++size_class) {
    auto& shelf = shelves_[size_class];
    std::size_t unused = 0;
    {
      const std::lock_guard lock{shelf.mutex};
      unused = shelf.untouched.look(shelf.count);
      if (unused < shelf.count) changed_.store(true, std::memory_order_relaxed);
    }
    if (unused * magazine_size * size_class * granule < least_unused) continue;
    if (unused <= shelf.fruitless + shelf.fruitless / 4) continue;
    give_back(size_class, unused);
  }
}

// The free blocks are out of everybody's reach meanwhile: who needs some takes fresh ones.
OTP_DECL void block_depot::give_back(std::size_t size_class, std::size_t unused) {
  auto& shelf = shelves_[size_class];
  const auto blocks_of_slab = slab_size / (size_class * granule * magazine_size) * magazine_size;
  std::vector<std::byte*> chosen;
  chosen.reserve(unused * magazine_size / blocks_of_slab);
  std::vector<free_block*> blocks;
  free_block* magazines = nullptr;
  {
    const std::lock_guard lock{shelf.mutex};
    blocks.reserve(shelf.count * magazine_size);
    magazines = std::exchange(shelf.magazines, nullptr);
    shelf.count = 0;
  }
  gather(std::exchange(magazines, nullptr), blocks);
  free_block* rest = nullptr;  // less than a magazine
  {
    const std::lock_guard lock{region_mutex_};
    choose_slabs(blocks_of_slab, blocks, chosen);
    rest = link_all_but_chosen(blocks, magazines);
  }
  for (auto first = chosen.begin(); first != chosen.end();) {
    auto last = first + 1;  // one call for slabs side by side
    while (last != chosen.end() && *last == *(last - 1) + slab_size) ++last;
    ::madvise(*first, static_cast<std::size_t>(last - first) * slab_size, MADV_DONTNEED);
    first = last;
  }
  {
    const std::lock_guard lock{region_mutex_};
    dropped_.insert(dropped_.end(), chosen.rbegin(), chosen.rend());
  }
  const std::lock_guard lock{shelf.mutex};
  shelf.fruitless = chosen.empty() ? unused : 0;
  for (auto* block = rest; block != nullptr;) {
    put_one_locked(shelf, std::exchange(block, block->next));
  }
  while (magazines != nullptr) {
    put_locked(shelf, std::exchange(magazines, magazines->next_magazine));
  }
}

// A walk along one list waits for memory at each block, along sixteen for sixteen at once.
OTP_DECL void block_depot::gather(free_block* magazines,
                                  std::vector<free_block*>& blocks) noexcept {
  std::array<free_block*, 16> walks{};
  for (bool more = true; more;) {
    more = false;
    for (auto*& at : walks) {
      if (at == nullptr && magazines != nullptr) {
        at = std::exchange(magazines, magazines->next_magazine);
      }
      if (at == nullptr) continue;
      blocks.push_back(std::exchange(at, at->next));
      __builtin_prefetch(at);
      more = true;
    }
  }
}

// In the order of their addresses, as many as `chosen` has room for.
OTP_DECL void block_depot::choose_slabs(std::size_t blocks_of_slab,
                                        const std::vector<free_block*>& blocks,
                                        std::vector<std::byte*>& chosen) {
  for (auto& [number, free_blocks] : regions_) free_blocks.fill(0);
  for (const auto* const block : blocks) ++free_blocks_beside(block);
  for (auto& [number, free_blocks] : regions_) {
    auto* const begin = reinterpret_cast<std::byte*>(number * region_size);
    for (std::size_t i = 0; i < slabs_of_region && chosen.size() < chosen.capacity(); ++i) {
      if (free_blocks[i] != blocks_of_slab) continue;
      free_blocks[i] = is_chosen;
      chosen.push_back(begin + i * slab_size);
    }
  }
  std::sort(chosen.begin(), chosen.end(), std::less<>{});
}

// Adds full ones to `magazines` and returns the rest.
OTP_DECL free_block* block_depot::link_all_but_chosen(const std::vector<free_block*>& blocks,
                                                      free_block*& magazines) noexcept {
  free_block* open = nullptr;
  std::uint32_t count = 0;
  for (auto* const block : blocks) {
    if (free_blocks_beside(block) == is_chosen) continue;
    block->next = std::exchange(open, block);
    if (++count < magazine_size) continue;
    open->next_magazine = magazines;
    magazines = std::exchange(open, nullptr);
    count = 0;
  }
  return open;
}

// The count of the slab that `block` lies in.
OTP_DECL std::uint16_t& block_depot::free_blocks_beside(const free_block* block) noexcept {
  const auto at = reinterpret_cast<std::uintptr_t>(block);
  return regions_.find(at / region_size)->second[at % region_size / slab_size];
}

}  // namespace otp::detail
