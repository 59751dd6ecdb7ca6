// Free blocks that no worker holds, and where blocks come from: slabs of one size class, so that
// what is allocated together lies together, cut out of large regions of memory.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/low_water_mark.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <unordered_map>
#include <vector>

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

  /// Whether magazines were put here since the last `give_back`, or some were then too new.
  bool has_changed() const noexcept { return changed_.load(std::memory_order_relaxed); }

  /// Gives slabs, all of whose blocks were free since the last call, back to the system. They are
  /// used again, for blocks of any class, before more memory is taken. Not to be called by two
  /// threads at once.
  void give_back();

 private:
  static constexpr std::size_t slabs_of_region = region_size / slab_size;
  static constexpr std::size_t least_unused = 1'048'576;  // bytes: less is not worth a look

  struct alignas(64) shelf_of_class {
    std::mutex mutex;
    free_block* magazines = nullptr;
    std::size_t count = 0;         // magazines
    low_water_mark untouched;      // of them
    std::size_t fruitless = 0;     // so many were unused when the last look found no whole slab
    free_block* single = nullptr;  // less than a magazine
    std::uint32_t single_count = 0;
    std::byte* fresh = nullptr;  // what is left of the newest slab
    std::byte* fresh_end = nullptr;
  };

  // Of each slab of a region, while they are counted.
  using free_blocks_of_slabs = std::array<std::uint16_t, slabs_of_region>;
  static constexpr std::uint16_t is_chosen = 0xffff;

  free_block* take_locked(shelf_of_class& shelf, std::size_t size_class);
  void put_locked(shelf_of_class& shelf, free_block* magazine) noexcept;
  bool put_one_locked(shelf_of_class& shelf, free_block* block) noexcept;
  std::byte* open_slab();
  void open_region();

  void give_back(std::size_t size_class, std::size_t unused);
  static void gather(free_block* magazines, std::vector<free_block*>& blocks) noexcept;
  void choose_slabs(std::size_t blocks_of_slab, const std::vector<free_block*>& blocks,
                    std::vector<std::byte*>& chosen);
  free_block* link_all_but_chosen(const std::vector<free_block*>& blocks,
                                  free_block*& magazines) noexcept;
  std::uint16_t& free_blocks_beside(const free_block* block) noexcept;

  std::array<shelf_of_class, classes> shelves_;

  // The newest region, of which slabs of any class are cut off.
  std::mutex region_mutex_;
  std::byte* region_ = nullptr;
  std::byte* region_end_ = nullptr;
  std::unordered_map<std::uintptr_t, free_blocks_of_slabs> regions_;  // by address / region_size
  std::vector<std::byte*> dropped_;  // slabs whose memory was given back

  std::atomic<bool> changed_{false};
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/block_depot_impl.hpp>
#endif
