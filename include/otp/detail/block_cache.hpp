// Memory for envelopes and process state: size-class freelists, one set per worker, that trade
// magazines of free blocks through a process-wide depot, so that one-way traffic between two
// workers allocates nothing in the steady state either.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/sanitizer.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <mutex>
#include <new>
#include <utility>

namespace otp::detail {

struct free_block {
  free_block* next;
  free_block* next_magazine;
};

/// Magazines of free blocks that no worker holds. Process-wide and never destroyed: an allocator.
class OTP_VISIBLE block_depot {
 public:
  static constexpr std::size_t granule = 32;
  static constexpr std::size_t classes = 17;  // 32, 64 … 512 bytes; index 0 is not used

  static block_depot& instance() {
    static auto* const depot = new block_depot;  // outlives every runtime and static destructor
    return *depot;
  }

  void put(std::size_t size_class, free_block* magazine) {
    auto& shelf = shelves_[size_class];
    const std::lock_guard lock{shelf.mutex};
    magazine->next_magazine = shelf.magazines;
    shelf.magazines = magazine;
  }

  free_block* take(std::size_t size_class) {
    auto& shelf = shelves_[size_class];
    const std::lock_guard lock{shelf.mutex};
    auto* const magazine = shelf.magazines;
    if (magazine != nullptr) shelf.magazines = magazine->next_magazine;
    return magazine;
  }

 private:
  struct alignas(64) shelf_of_class {
    std::mutex mutex;
    free_block* magazines = nullptr;
  };
  std::array<shelf_of_class, classes> shelves_;
};

/// The free blocks of one worker. Not thread-safe.
class block_cache {
 public:
  static constexpr std::uint32_t magazine_size = 64;

  block_cache() = default;
  block_cache(const block_cache&) = delete;
  block_cache& operator=(const block_cache&) = delete;
  ~block_cache() {
    for (auto& bin : bins_) {
      release(bin.active);
      release(bin.spare);
    }
  }

  static constexpr std::size_t class_of(std::size_t size) noexcept {
    return (size + block_depot::granule - 1) / block_depot::granule;
  }

  void* allocate(std::size_t size_class) {
    auto& bin = bins_[size_class];
    if (bin.active == nullptr && !refill(bin, size_class)) return fresh(size_class);
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

  static void* fresh(std::size_t size_class) {
    void* const memory = std::malloc(size_class * block_depot::granule);
    if (memory == nullptr) throw std::bad_alloc{};
    return memory;
  }

 private:
  struct free_list {
    free_block* active = nullptr;
    free_block* spare = nullptr;  // null or exactly one full magazine
    std::uint32_t count = 0;      // blocks in `active`
  };

  // Not inlined: what calls these is, wherever an envelope is made or freed.

  OTP_NOINLINE static bool refill(free_list& bin, std::size_t size_class) {
    bin.active = bin.spare != nullptr ? std::exchange(bin.spare, nullptr)
                                      : block_depot::instance().take(size_class);
    if (bin.active == nullptr) return false;
    bin.count = magazine_size;
    return true;
  }

  OTP_NOINLINE static void make_room(free_list& bin, std::size_t size_class) noexcept {
    // Two full magazines: one goes to whoever allocates what we free.
    if (bin.spare != nullptr) block_depot::instance().put(size_class, bin.spare);
    bin.spare = std::exchange(bin.active, nullptr);
    bin.count = 0;
  }

  static void release(free_block* block) noexcept {
    while (block != nullptr) {
      auto* const next = block->next;
      std::free(block);
      block = next;
    }
  }

  std::array<free_list, block_depot::classes> bins_{};
};

}  // namespace otp::detail
