// Where process slots live.
#include "support/catch.hpp"
#include "support/resident.hpp"
#include <otp/detail/process_arena.hpp>
#include <otp/process.hpp>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <set>
#include <thread>
#include <utility>
#include <vector>

using otp::pid;
using otp::detail::process;
using otp::detail::process_arena;

namespace {

// Slots that go back at the end.
struct borrowed {
  borrowed() { process_arena::instance().take(slots); }
  borrowed(const borrowed&) = delete;
  borrowed& operator=(const borrowed&) = delete;
  ~borrowed() { process_arena::instance().give(slots, slots.size()); }
  std::vector<std::uint32_t> slots;
};

}  // namespace

TEST_CASE("slots are taken in groups, and none twice", "[process_arena]") {
  const borrowed first;
  const borrowed second;
  std::set<std::uint32_t> all(first.slots.begin(), first.slots.end());
  all.insert(second.slots.begin(), second.slots.end());
  CHECK(all.size() == 2 * process_arena::group);
  CHECK(all.count(0) == 0);
}

TEST_CASE("slots that are given back are taken again", "[process_arena]") {
  std::vector<std::uint32_t> slots;
  process_arena::instance().take(slots);
  const std::set<std::uint32_t> before(slots.begin(), slots.end());
  process_arena::instance().give(slots, slots.size());
  CHECK(slots.empty());
  const borrowed again;
  CHECK(std::set<std::uint32_t>(again.slots.begin(), again.slots.end()) == before);
}

TEST_CASE("the memory of slots that nobody needs goes back, and they can be taken again",
          "[process_arena]") {
  auto& arena = process_arena::instance();
  std::vector<std::uint32_t> slots;
  while (slots.size() < 20'000) arena.take(slots);
  const auto [first, last] = std::minmax_element(slots.begin(), slots.end());
  const auto* const begin = &process_arena::at(*first);
  const auto* const end = &process_arena::at(*last) + 1;
  for (const auto slot : slots) process_arena::at(slot).killed = slot;
  const auto full = resident_pages(begin, end);
  REQUIRE(full > 20'000 * sizeof(process) / page_size() / 2);
  const std::set<std::uint32_t> before(slots.begin(), slots.end());

  arena.give(slots, slots.size());
  CHECK(arena.has_changed());
  arena.give_back();  // they are all new here
  CHECK(resident_pages(begin, end) == full);
  arena.give_back();
  CHECK(!arena.has_changed());
  CHECK(resident_pages(begin, end) < full / 10);

  while (slots.size() < before.size()) arena.take(slots);
  CHECK(std::set<std::uint32_t>(slots.begin(), slots.end()) == before);
  for (const auto slot : slots) {
    const auto& p = process_arena::at(slot);
    if (p.killed != 0 && p.killed != slot) FAIL("slot " << slot << " is not as it was");
    if (p.word != 0 || p.serial != 0 || p.slot() != slot) FAIL("slot " << slot << " is not free");
  }
  arena.give(slots, slots.size());
}

TEST_CASE("each slot has a cache line boundary of its own", "[process_arena]") {
  const borrowed group;
  for (const auto slot : group.slots) {
    CHECK(reinterpret_cast<std::uintptr_t>(&process_arena::at(slot)) % alignof(process) == 0);
  }
  CHECK(sizeof(process) % 64 == 0);
}

TEST_CASE("the high water mark is beyond every slot", "[process_arena]") {
  const borrowed group;
  for (const auto slot : group.slots) CHECK(slot < process_arena::instance().high_water());
}

TEST_CASE("a process is found by slot and serial, on this node only", "[process_arena]") {
  const borrowed group;
  const auto slot = group.slots.front();
  auto& p = process_arena::at(slot);
  p.serial = 77;
  CHECK(process_arena::find(pid{0, slot, 77}) == &p);
  CHECK(process_arena::find(pid{0, slot, 76}) == nullptr);
  CHECK(process_arena::find(pid{1, slot, 77}) == nullptr);
  CHECK(process_arena::find(pid{0, slot, 0}) == nullptr);
  p.serial = 0;
  CHECK(process_arena::find(pid{0, slot, 77}) == nullptr);
  CHECK(process_arena::find(pid{0, slot, 0}) == nullptr);
}

TEST_CASE("a process is there as long as its mailbox is open", "[process_arena]") {
  const borrowed group;
  const auto slot = group.slots.front();
  auto& p = process_arena::at(slot);
  p.serial = 78;
  CHECK(!process_arena::is_there(pid{0, slot, 78}));
  p.word = process::open_bit;
  CHECK(process_arena::is_there(pid{0, slot, 78}));
  CHECK(!process_arena::is_there(pid{0, slot, 79}));
  p.close();
  CHECK(!process_arena::is_there(pid{0, slot, 78}));
  CHECK(process_arena::find(pid{0, slot, 78}) == &p);
  p.serial = 0;
}

TEST_CASE("who kills late leaves the mark of the next process in the slot", "[process_arena]") {
  const borrowed group;
  auto& p = process_arena::at(group.slots.front());
  p.serial = 80;
  CHECK(p.mark_killed(80));
  CHECK(!p.mark_killed(80));
  p.serial = 81;
  CHECK(!p.mark_killed(80));
  CHECK(p.mark_killed(81));
  CHECK(!p.mark_killed(80));
  CHECK(p.killed == 81);
  p.serial = 0;
}

TEST_CASE("whoever has killed finds it dead, while the slot changes hands", "[process_arena]") {
  constexpr int late_kills = 100'000;
  const borrowed group;
  const auto slot = group.slots.front();
  auto& p = process_arena::at(slot);
  std::atomic<std::uint64_t> newest{0};
  std::atomic<bool> over{false};
  // True: it is alive after it was killed.
  const auto outlives_its_kill = [&](std::uint64_t serial) {
    const pid victim{0, slot, serial};
    if (auto* const found = process_arena::find(victim)) found->mark_killed(serial);
    return otp::is_alive(victim);
  };
  bool outlived_there = false;
  std::thread late{[&] {
    std::uint64_t killed = 0;
    for (int kills = 0; kills < late_kills;) {
      const auto serial = newest.load(std::memory_order_acquire);
      if (std::exchange(killed, serial) == serial) continue;
      outlived_there = outlives_its_kill(serial) || outlived_there;
      ++kills;
    }
    over = true;
  }};
  bool outlived_here = false;
  for (std::uint64_t serial = 1; !over; ++serial) {
    p.close();
    p.serial.store(0, std::memory_order_relaxed);
    p.serial.store(serial, std::memory_order_release);
    p.word.store(process::open_bit, std::memory_order_release);
    newest.store(serial, std::memory_order_release);
    outlived_here = outlives_its_kill(serial) || outlived_here;
  }
  late.join();
  CHECK(!outlived_there);
  CHECK(!outlived_here);
  p.close();
  p.serial = 0;
}

TEST_CASE("any pid may be looked up", "[process_arena]") {
  process_arena::instance();
  for (std::uint64_t slot = 1; slot < (std::uint64_t{1} << 32); slot = slot * 2 + 1) {
    CHECK(process_arena::find(pid{0, static_cast<std::uint32_t>(slot), 1}) == nullptr);
  }
  CHECK(process_arena::find(pid{0, process_arena::capacity - 1, 1}) == nullptr);
  CHECK(process_arena::find(pid{0, process_arena::capacity, 1}) == nullptr);
}

TEST_CASE("threads that take slots at the same time get different ones", "[process_arena]") {
  constexpr int rounds = 50;
  std::vector<std::vector<std::uint32_t>> taken(3);
  std::vector<std::thread> threads;
  for (auto& mine : taken) {
    threads.emplace_back([&mine] {
      auto& arena = process_arena::instance();
      for (int i = 0; i < rounds; ++i) {
        arena.take(mine);
        if (i % 3 == 2) arena.give(mine, process_arena::group);
      }
    });
  }
  for (auto& thread : threads) thread.join();
  std::set<std::uint32_t> all;
  std::size_t count = 0;
  for (auto& mine : taken) {
    all.insert(mine.begin(), mine.end());
    count += mine.size();
  }
  CHECK(all.size() == count);
  for (auto& mine : taken) process_arena::instance().give(mine, mine.size());
}
