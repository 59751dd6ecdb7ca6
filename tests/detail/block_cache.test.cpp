// Memory for envelopes: freelists per worker that trade full magazines.
#include "support/catch.hpp"
#include <otp/detail/block_cache.hpp>
#include <otp/detail/this_thread.hpp>

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

using otp::detail::block_cache;
using otp::detail::block_depot;

namespace {

constexpr std::size_t some_class = 5;
constexpr std::size_t bytes = some_class * block_depot::granule;

}  // namespace

TEST_CASE("size classes are steps of 32 bytes", "[block_cache]") {
  CHECK(block_cache::class_of(1) == 1);
  CHECK(block_cache::class_of(32) == 1);
  CHECK(block_cache::class_of(33) == 2);
  CHECK(block_cache::class_of(512) == 16);
  CHECK(block_cache::class_of(513) == block_depot::classes);
}

TEST_CASE("a block that was freed is given out next", "[block_cache]") {
  block_cache cache;
  void* const first = cache.allocate(some_class);
  std::memset(first, 1, bytes);
  cache.deallocate(first, some_class);
  void* const second = cache.allocate(some_class);
  CHECK(second == first);
  void* const other = cache.allocate(some_class + 1);
  CHECK(other != first);
  cache.deallocate(second, some_class);
  cache.deallocate(other, some_class + 1);
}

TEST_CASE("blocks that are out at the same time differ", "[block_cache]") {
  block_cache cache;
  std::set<void*> out;
  for (int i = 0; i < 500; ++i) out.insert(cache.allocate(some_class));
  CHECK(out.size() == 500);
  for (void* const block : out) cache.deallocate(block, some_class);
  std::set<void*> again;
  for (int i = 0; i < 2 * static_cast<int>(block_cache::magazine_size); ++i) {
    again.insert(cache.allocate(some_class));
  }
  CHECK(again.size() == 2 * block_cache::magazine_size);
  for (void* const block : again) cache.deallocate(block, some_class);
}

TEST_CASE("what one cache frees, another one allocates", "[block_cache]") {
  block_cache frees;
  block_cache allocates;
  std::set<void*> blocks;
  for (std::uint32_t i = 0; i < 4 * block_cache::magazine_size; ++i) {
    blocks.insert(block_cache::fresh(some_class));
  }
  for (void* const block : blocks) frees.deallocate(block, some_class);
  // Two magazines stay at most; the others are in the depot.
  std::vector<void*> taken;
  std::size_t known = 0;
  for (std::uint32_t i = 0; i < block_cache::magazine_size; ++i) {
    taken.push_back(allocates.allocate(some_class));
    known += blocks.count(taken.back());
  }
  CHECK(known == block_cache::magazine_size);
  for (void* const block : taken) allocates.deallocate(block, some_class);
}

TEST_CASE("one-way traffic between two threads needs no new memory in the end", "[block_cache]") {
  constexpr int rounds = 300;
  constexpr std::size_t batch = 50;
  std::mutex mutex;
  std::vector<void*> on_the_way;
  std::atomic<bool> done{false};
  std::set<void*> ever_seen;
  std::thread consumer{[&] {
    block_cache cache;
    std::vector<void*> got;
    for (bool last = false; !last;) {
      last = done;  // read before the look: what was sent by then is found
      got.clear();
      {
        const std::lock_guard lock{mutex};
        got.swap(on_the_way);
      }
      for (void* const block : got) cache.deallocate(block, some_class);
    }
  }};
  block_cache cache;
  for (int i = 0; i < rounds; ++i) {
    std::vector<void*> sent;
    for (std::size_t n = 0; n < batch; ++n) {
      sent.push_back(cache.allocate(some_class));
      std::memset(sent.back(), i, bytes);
      ever_seen.insert(sent.back());
    }
    for (;;) {
      const std::lock_guard lock{mutex};
      if (!on_the_way.empty()) continue;
      on_the_way = std::move(sent);
      break;
    }
  }
  done = true;
  consumer.join();
  CHECK(ever_seen.size() < rounds * batch / 4);
}

TEST_CASE("memory comes in every size, and any thread may free it", "[block_cache]") {
  std::vector<std::pair<void*, std::size_t>> blocks;
  for (std::size_t size = 1; size < 2000; size += 37) {
    void* const block = otp::detail::allocate_block(size);
    std::memset(block, 7, size);
    CHECK(reinterpret_cast<std::uintptr_t>(block) % alignof(std::max_align_t) == 0);
    blocks.emplace_back(block, size);
  }
  std::thread{[&] {
    block_cache cache;
    otp::detail::this_thread().blocks = &cache;
    for (const auto& [block, size] : blocks) otp::detail::deallocate_block(block, size);
    otp::detail::this_thread().blocks = nullptr;
  }}.join();
}
