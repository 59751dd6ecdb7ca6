// Memory for envelopes: freelists per worker that trade full magazines with the depot.
#include "support/catch.hpp"
#include "support/resident.hpp"
#include <otp/detail/block_cache.hpp>
#include <otp/detail/this_thread.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using otp::detail::block_cache;
using otp::detail::block_depot;
using otp::detail::free_block;

namespace {

constexpr std::size_t some_class = 5;
constexpr std::size_t bytes = some_class * block_depot::granule;

// A depot of our own. It is never destroyed, like the one of the program: an allocator.
block_depot& new_depot() {
  static auto& depots = *new std::vector<block_depot*>;
  return *depots.emplace_back(new block_depot);
}

std::vector<free_block*> take(block_depot& depot, std::size_t magazines) {
  std::vector<free_block*> taken;
  for (std::size_t i = 0; i < magazines; ++i) taken.push_back(depot.take(some_class));
  return taken;
}

// So many bytes of blocks are worth a look.
constexpr std::size_t worth_a_look = (std::size_t{4} << 20) / bytes / block_depot::magazine_size;

std::size_t resident_pages(const std::vector<free_block*>& magazines) {
  std::size_t sum = 0;
  for (const auto* each : magazines) {
    const auto* const begin = reinterpret_cast<const std::byte*>(each);
    sum += ::resident_pages(begin, begin + bytes * block_depot::magazine_size);
  }
  return sum;
}

}  // namespace

TEST_CASE("slabs whose blocks nobody needs go back to the system, and serve again", "[block_cache]") {
  auto& depot = new_depot();
  const auto magazines = take(depot, worth_a_look);
  const auto full = resident_pages(magazines);
  REQUIRE(full > worth_a_look * bytes * block_depot::magazine_size / page_size() / 2);
  for (auto* const each : magazines) depot.put(some_class, each);
  CHECK(depot.has_changed());
  depot.give_back();  // they are all new here
  CHECK(resident_pages(magazines) == full);
  depot.give_back();
  CHECK(!depot.has_changed());
  CHECK(resident_pages(magazines) < full / 10);

  const auto again = take(depot, worth_a_look);
  const auto by_address = [](std::vector<free_block*> them) {
    std::sort(them.begin(), them.end(), std::less<>{});
    return them;
  };
  std::set<free_block*> blocks;
  for (auto* const magazine : again) {
    for (auto* block = magazine; block != nullptr; block = block->next) blocks.insert(block);
  }
  CHECK(blocks.size() == worth_a_look * block_depot::magazine_size);
  // The same memory, not more of it.
  const auto before = by_address(magazines);
  CHECK(std::less_equal<>{}(before.front(), *blocks.begin()));
  CHECK(resident_pages(magazines) > full * 9 / 10);
}

TEST_CASE("a slab with a block that is out keeps its memory", "[block_cache]") {
  auto& depot = new_depot();
  auto magazines = take(depot, worth_a_look);
  // One block of each magazine stays out, with something in it.
  std::vector<free_block*> out;
  std::set<free_block*> known;
  for (auto*& each : magazines) {
    for (auto* block = each; block != nullptr; block = block->next) known.insert(block);
    out.push_back(std::exchange(each, each->next));
    std::memset(static_cast<void*>(out.back()), 7, bytes);
    for (auto* block = each; block != nullptr;) {
      depot.put_one(some_class, std::exchange(block, block->next));
    }
  }
  depot.give_back();
  depot.give_back();
  for (const auto* const each : out) {
    const auto* const marks = reinterpret_cast<const unsigned char*>(each);
    if (!std::all_of(marks, marks + bytes, [](unsigned char mark) { return mark == 7; })) {
      FAIL("a block that is out was touched");
    }
  }
  // None was lost: all that were free can be had, and once.
  const auto free_magazines = worth_a_look * (block_depot::magazine_size - 1) / block_depot::magazine_size;
  std::size_t distinct = 0;
  std::set<free_block*> seen;
  for (auto* const magazine : take(depot, free_magazines)) {
    for (auto* block = magazine; block != nullptr; block = block->next) {
      distinct += known.count(block) != 0 && seen.insert(block).second ? 1 : 0;
    }
  }
  CHECK(distinct == free_magazines * block_depot::magazine_size);
  for (const auto* const each : out) CHECK(seen.count(const_cast<free_block*>(each)) == 0);
}

TEST_CASE("blocks may be taken and put while others are given back", "[block_cache]") {
  auto& depot = new_depot();
  std::atomic<bool> over{false};
  std::atomic<bool> intact{true};
  const auto work = [&](unsigned char mark) {
    for (int round = 0; round < 20; ++round) {
      std::vector<void*> mine;
      for (std::size_t i = 0; i < worth_a_look * block_depot::magazine_size / 8; ++i) {
        mine.push_back(std::memset(depot.take_one(some_class), mark, bytes));
      }
      for (void* const block : mine) {
        const auto* const marks = static_cast<const unsigned char*>(block);
        if (marks[0] != mark || marks[bytes - 1] != mark) intact = false;
        depot.put_one(some_class, block);
      }
    }
  };
  std::thread first{work, std::uint8_t{1}};
  std::thread second{work, std::uint8_t{2}};
  std::thread tidier{[&] {
    while (!over) depot.give_back();
  }};
  first.join();
  second.join();
  over = true;
  tidier.join();
  CHECK(intact);
}

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
    blocks.insert(block_depot::instance().take_one(some_class));
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

TEST_CASE("fresh blocks of a magazine are neighbours in order", "[block_cache]") {
  constexpr std::size_t rare_class = 15;  // nobody else in this program has freed any of it
  auto* block = block_depot::instance().take(rare_class);
  auto* const magazine = block;
  std::size_t count = 1;
  for (; block->next != nullptr; block = block->next, ++count) {
    CHECK(reinterpret_cast<std::byte*>(block->next) ==
          reinterpret_cast<std::byte*>(block) + rare_class * block_depot::granule);
  }
  CHECK(count == block_depot::magazine_size);
  block_depot::instance().put(rare_class, magazine);
}

TEST_CASE("a cache that ends leaves its blocks to the next one", "[block_cache]") {
  constexpr std::size_t rare_class = 14;
  constexpr std::size_t many = 3 * block_cache::magazine_size;
  const auto use = [] {
    block_cache cache;
    std::set<void*> blocks;
    for (std::size_t i = 0; i < many; ++i) blocks.insert(cache.allocate(rare_class));
    for (void* const block : blocks) cache.deallocate(block, rare_class);
    return blocks;
  };
  const auto first = use();
  CHECK(first.size() == many);
  CHECK(use() == first);
}

TEST_CASE("threads without a cache take and give single blocks", "[block_cache]") {
  constexpr std::size_t rare_class = 13;
  auto& depot = block_depot::instance();
  const auto use = [&] {
    std::set<void*> blocks;
    for (std::size_t i = 0; i < 5 * block_depot::magazine_size; ++i) {
      blocks.insert(depot.take_one(rare_class));
    }
    for (void* const block : blocks) depot.put_one(rare_class, block);
    return blocks;
  };
  const auto first = use();
  CHECK(first.size() == 5 * block_depot::magazine_size);
  CHECK(use() == first);
}

TEST_CASE("blocks wander between threads with and without a cache", "[block_cache]") {
  constexpr int rounds = 2000;
  constexpr std::size_t batch = 40;
  std::mutex mutex;
  std::vector<std::size_t*> on_the_way;
  std::atomic<bool> intact{true};
  // Each frees what another one has allocated and marked, and sends on as much.
  const auto wander = [&](std::size_t mark, bool cached) {
    block_cache cache;
    std::vector<std::size_t*> mine;
    for (int i = 0; i < rounds; ++i) {
      for (std::size_t n = 0; n < batch; ++n) {
        void* const block =
            cached ? cache.allocate(some_class) : block_depot::instance().take_one(some_class);
        auto* const words = static_cast<std::size_t*>(block);
        words[0] = mark;
        words[bytes / sizeof(mark) - 1] = mark;
        mine.push_back(words);
      }
      {
        const std::lock_guard lock{mutex};
        mine.swap(on_the_way);
      }
      for (auto* const words : mine) {
        if (words[0] != words[bytes / sizeof(mark) - 1]) intact = false;
        if (cached) {
          cache.deallocate(words, some_class);
        } else {
          block_depot::instance().put_one(some_class, words);
        }
      }
      mine.clear();
    }
  };
  std::thread first{wander, 1, true};
  std::thread second{wander, 2, true};
  std::thread third{wander, 3, false};
  first.join();
  second.join();
  third.join();
  for (auto* const words : on_the_way) block_depot::instance().put_one(some_class, words);
  CHECK(intact);
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
