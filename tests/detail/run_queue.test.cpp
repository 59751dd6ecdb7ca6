// The queues of runnable processes.
#include "support/catch.hpp"
#include <otp/detail/run_queue.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

using otp::detail::process;
using otp::detail::process_fifo;
using otp::detail::process_inbox;
using otp::detail::stealable_ring;

namespace {

// Processes that only stand in queues; a field that no queue looks at tells them apart.
class crowd {
 public:
  explicit crowd(std::size_t size) : all_{new process[size]} {
    for (std::size_t i = 0; i < size; ++i) all_[i].call_ref = i;
  }
  process& operator[](std::size_t i) { return all_[i]; }

 private:
  std::unique_ptr<process[]> all_;
};

using numbers = std::vector<std::uint64_t>;
using loot = std::array<process*, stealable_ring::most_stolen>;

numbers drain(process_fifo& queue) {
  numbers drained;
  while (auto* const p = queue.pop()) drained.push_back(p->call_ref);
  return drained;
}

}  // namespace

TEST_CASE("a fifo gives out what came first", "[run_queue]") {
  crowd all{4};
  process_fifo queue;
  CHECK(queue.empty());
  CHECK(queue.pop() == nullptr);
  for (std::size_t i = 0; i < 3; ++i) queue.push(all[i]);
  CHECK(!queue.empty());
  CHECK(queue.pop() == &all[0]);
  queue.push(all[3]);
  CHECK(drain(queue) == numbers{1, 2, 3});
  CHECK(queue.empty());
}

TEST_CASE("a fifo is moved to the end of another one", "[run_queue]") {
  crowd all{5};
  process_fifo from;
  process_fifo to;
  from.move_to(to);
  CHECK(to.empty());
  from.push(all[0]);
  from.move_to(to);
  from.push(all[1]);
  from.push(all[2]);
  from.move_to(to);
  CHECK(from.empty());
  CHECK(from.size() == 0);
  CHECK(to.size() == 3);
  from.push(all[4]);
  to.push(all[3]);
  CHECK(drain(to) == numbers{0, 1, 2, 3});
  CHECK(drain(from) == numbers{4});
}

TEST_CASE("a fifo works again after it was empty", "[run_queue]") {
  crowd all{2};
  process_fifo queue;
  for (int round = 0; round < 3; ++round) {
    queue.push(all[0]);
    queue.push(all[1]);
    CHECK(drain(queue) == numbers{0, 1});
  }
}

TEST_CASE("an inbox is drained to the end of a queue, the oldest first", "[run_queue]") {
  crowd all{5};
  process_fifo queue;
  process_inbox inbox;
  CHECK(inbox.empty());
  inbox.drain_to(queue);
  CHECK(queue.empty());
  queue.push(all[0]);
  for (std::size_t i = 1; i < 4; ++i) inbox.push(all[i]);
  CHECK(!inbox.empty());
  inbox.drain_to(queue);
  CHECK(inbox.empty());
  inbox.push(all[4]);
  inbox.drain_to(queue);
  CHECK(drain(queue) == numbers{0, 1, 2, 3, 4});
}

TEST_CASE("an inbox loses nothing and keeps the order of each thread", "[run_queue]") {
  constexpr std::size_t threads = 3;
  constexpr std::size_t each = 5000;
  crowd all{threads * each};
  process_inbox inbox;
  std::vector<std::thread> senders;
  for (std::size_t t = 0; t < threads; ++t) {
    senders.emplace_back([&, t] {
      for (std::size_t i = 0; i < each; ++i) inbox.push(all[t * each + i]);
    });
  }
  process_fifo queue;
  std::vector<std::size_t> next(threads, 0);
  bool in_order = true;
  for (std::size_t seen = 0; seen < threads * each;) {
    inbox.drain_to(queue);
    while (auto* const p = queue.pop()) {
      ++seen;
      in_order = in_order && p->call_ref % each == next[p->call_ref / each]++;
    }
    std::this_thread::yield();
  }
  for (auto& sender : senders) sender.join();
  CHECK(in_order);
}

TEST_CASE("a ring gives out what came first, and is full at its capacity", "[run_queue]") {
  constexpr auto capacity = stealable_ring::capacity;
  crowd all{capacity + 1};
  stealable_ring ring;
  CHECK(ring.take() == nullptr);
  for (int round = 0; round < 3; ++round) {
    for (std::size_t i = 0; i < capacity; ++i) REQUIRE(ring.push(all[i]));
    CHECK(ring.size() == capacity);
    CHECK(!ring.push(all[capacity]));
    for (std::size_t i = 0; i < capacity; ++i) REQUIRE(ring.take() == &all[i]);
    CHECK(ring.size() == 0);
    CHECK(ring.take() == nullptr);
  }
}

TEST_CASE("half of a ring is stolen at once, the oldest first", "[run_queue]") {
  crowd all{stealable_ring::capacity};
  stealable_ring ring;
  loot stolen{};
  CHECK(ring.steal_half(stolen) == 0);
  for (std::size_t i = 0; i < 5; ++i) ring.push(all[i]);
  REQUIRE(ring.steal_half(stolen) == 3);
  CHECK(numbers{stolen[0]->call_ref, stolen[1]->call_ref, stolen[2]->call_ref} == numbers{0, 1, 2});
  REQUIRE(ring.steal_half(stolen) == 1);
  CHECK(stolen[0] == &all[3]);
  REQUIRE(ring.steal_half(stolen) == 1);
  CHECK(stolen[0] == &all[4]);
  CHECK(ring.steal_half(stolen) == 0);
  for (std::size_t i = 0; i < stealable_ring::capacity; ++i) ring.push(all[i]);
  CHECK(ring.steal_half(stolen) == stealable_ring::most_stolen);
  CHECK(ring.size() == stealable_ring::capacity - stealable_ring::most_stolen);
}

TEST_CASE("the newest of a ring are taken until as many are left as may be stolen at once",
          "[run_queue]") {
  constexpr auto left = stealable_ring::most_stolen;
  const bool has_thieves = GENERATE(false, true);
  crowd all{left + 4};
  stealable_ring ring{has_thieves};
  CHECK(ring.take_newest() == nullptr);
  for (std::size_t i = 0; i < left + 3; ++i) ring.push(all[i]);
  CHECK(ring.take_newest() == &all[left + 2]);
  CHECK(ring.take_newest() == &all[left + 1]);
  ring.push(all[left + 3]);
  CHECK(ring.take() == &all[0]);
  CHECK(ring.take_newest() == &all[left + 3]);
  CHECK(ring.take_newest() == nullptr);
  for (std::size_t i = 1; i <= left; ++i) CHECK(ring.take() == &all[i]);
  CHECK(ring.take() == nullptr);
}

TEST_CASE("what is stolen from a ring is taken once", "[run_queue]") {
  constexpr std::size_t count = 200'000;
  crowd all{count};
  stealable_ring ring;
  std::vector<std::atomic<int>> taken(count);
  std::atomic<std::size_t> total{0};
  const auto note = [&](const process* p) {
    if (p == nullptr) return;
    ++taken[p->call_ref];
    ++total;
  };
  std::vector<std::thread> thieves;
  for (int t = 0; t < 2; ++t) {
    thieves.emplace_back([&] {
      loot stolen{};
      while (total < count) {
        const auto size = ring.steal_half(stolen);
        for (std::uint32_t i = 0; i < size; ++i) note(stolen[i]);
      }
    });
  }
  // Up and down about the size at which thieves and the owner meet.
  for (std::size_t i = 0; i < count; ++i) {
    while (!ring.push(all[i])) note(ring.take());
    if (i % 7 == 0) note(ring.take());
    if (i % 3 != 0) note(ring.take_newest());
  }
  while (total < count) note(ring.take());
  for (auto& thief : thieves) thief.join();
  std::size_t once = 0;
  for (const auto& n : taken) once += n == 1 ? 1 : 0;
  CHECK(once == count);
}
