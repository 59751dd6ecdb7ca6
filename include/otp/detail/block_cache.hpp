// Memory for envelopes and process state: size-class freelists, one set per worker, that trade
// magazines of free blocks through the depot, so that one-way traffic between two workers
// allocates nothing in the steady state either.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/block_depot.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace otp::detail {

/// The free blocks of one worker. Not thread-safe.
class block_cache {
 public:
  static constexpr std::uint32_t magazine_size = block_depot::magazine_size;

  block_cache() = default;
  block_cache(const block_cache&) = delete;
  block_cache& operator=(const block_cache&) = delete;
  ~block_cache() {
    for (std::size_t size_class = 1; size_class < block_depot::classes; ++size_class) {
      auto& bin = bins_[size_class];
      while (bin.active != nullptr) {
        block_depot::instance().put_one(size_class, std::exchange(bin.active, bin.active->next));
      }
      if (bin.spare != nullptr) block_depot::instance().put(size_class, bin.spare);
    }
  }

  static constexpr std::size_t class_of(std::size_t size) noexcept {
    return (size + block_depot::granule - 1) / block_depot::granule;
  }

  /// Fails with std::bad_alloc.
  void* allocate(std::size_t size_class) {
    auto& bin = bins_[size_class];
    if (bin.active == nullptr) refill(bin, size_class);
    auto* const block = bin.active;
    bin.active = block->next;
    --bin.count;
    return block;
  }

  void deallocate(void* memory, std::size_t size_class) noexcept {
    auto& bin = bins_[size_class];
    if (bin.count == magazine_size) make_room(bin, size_class);
    auto* const block = static_cast<free_block*>(memory);
    block->next = bin.active;
    bin.active = block;
    ++bin.count;
  }

 private:
  struct free_list {
    free_block* active = nullptr;
    free_block* spare = nullptr;  // null or exactly one full magazine
    std::uint32_t count = 0;      // blocks in `active`
  };

  // Not inlined: what calls these is, wherever an envelope is made or freed.

  OTP_NOINLINE static void refill(free_list& bin, std::size_t size_class) {
    bin.active = bin.spare != nullptr ? std::exchange(bin.spare, nullptr)
                                      : block_depot::instance().take(size_class);
    bin.count = magazine_size;
  }

  OTP_NOINLINE static void make_room(free_list& bin, std::size_t size_class) noexcept {
    // Two full magazines: one goes to whoever allocates what we free.
    if (bin.spare != nullptr) block_depot::instance().put(size_class, bin.spare);
    bin.spare = std::exchange(bin.active, nullptr);
    bin.count = 0;
  }

  std::array<free_list, block_depot::classes> bins_{};
};

}  // namespace otp::detail
