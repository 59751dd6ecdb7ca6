// Where process slots live.
#include "support/catch.hpp"
#include <otp/detail/process_arena.hpp>

#include <cstdint>
#include <set>
#include <thread>
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
