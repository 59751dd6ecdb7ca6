// Free blocks that no worker holds, and where blocks come from: slabs of one size class, so that
// what is allocated together lies together, cut out of large regions of memory.
#pragma once

#include <otp/config.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>

namespace otp::detail {

struct free_block {
  free_block* next;
  free_block* next_magazine;
};

/// Magazines of free blocks. Process-wide and never destroyed: an allocator. Thread-safe.
class OTP_VISIBLE block_depot {
 public:
  static constexpr std::size_t granule = 32;
  static constexpr std::size_t classes = 17;  // 32, 64 … 512 bytes; index 0 is not used
  static constexpr std::uint32_t magazine_size = 64;
  static constexpr std::size_t slab_size = std::size_t{64} << 10;
  static constexpr std::size_t region_size = std::size_t{2} << 20;

  static block_depot& instance();

  /// A full magazine: one that was put here, or fresh blocks, which are neighbours. Fails with
  /// std::bad_alloc.
  free_block* take(std::size_t size_class);

  /// Takes back a full magazine.
  void put(std::size_t size_class, free_block* magazine) noexcept;

  /// One block, for threads that have no cache. Fails with std::bad_alloc.
  void* take_one(std::size_t size_class);
  void put_one(std::size_t size_class, void* block) noexcept;

 private:
  struct alignas(64) shelf_of_class {
    std::mutex mutex;
    free_block* magazines = nullptr;
    free_block* single = nullptr;  // less than a magazine
    std::uint32_t single_count = 0;
    std::byte* fresh = nullptr;  // what is left of the newest slab
    std::byte* fresh_end = nullptr;
  };

  free_block* take_locked(shelf_of_class& shelf, std::size_t size_class);
  std::byte* open_slab();

  std::array<shelf_of_class, classes> shelves_;

  // The newest region, of which slabs of any class are cut off.
  std::mutex region_mutex_;
  std::byte* region_ = nullptr;
  std::byte* region_end_ = nullptr;
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/block_depot_impl.hpp>
#endif
