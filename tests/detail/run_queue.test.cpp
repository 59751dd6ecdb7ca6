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

TEST_CASE("half of a ring is taken at once, the oldest first", "[run_queue]") {
  crowd all{stealable_ring::capacity};
  stealable_ring ring;
  std::array<process*, stealable_ring::capacity / 2> taken{};
  CHECK(ring.take_half(taken) == 0);
  for (std::size_t i = 0; i < 5; ++i) ring.push(all[i]);
  REQUIRE(ring.take_half(taken) == 3);
  CHECK(numbers{taken[0]->call_ref, taken[1]->call_ref, taken[2]->call_ref} == numbers{0, 1, 2});
  REQUIRE(ring.take_half(taken) == 1);
  CHECK(taken[0] == &all[3]);
  REQUIRE(ring.take_half(taken) == 1);
  CHECK(taken[0] == &all[4]);
  CHECK(ring.take_half(taken) == 0);
  for (std::size_t i = 0; i < stealable_ring::capacity; ++i) ring.push(all[i]);
  CHECK(ring.take_half(taken) == stealable_ring::capacity / 2);
  CHECK(ring.size() == stealable_ring::capacity / 2);
}

TEST_CASE("what is stolen from a ring is taken once", "[run_queue]") {
  constexpr std::size_t count = 20'000;
  crowd all{count};
  stealable_ring ring;
  std::vector<std::atomic<int>> taken(count);
  std::atomic<std::size_t> total{0};
  const auto note = [&](const process& p) {
    ++taken[p.call_ref];
    ++total;
  };
  const auto take_one = [&] {
    if (auto* const p = ring.take()) note(*p);
  };
  std::vector<std::thread> thieves;
  thieves.emplace_back([&] {
    while (total < count) take_one();
  });
  thieves.emplace_back([&] {
    std::array<process*, stealable_ring::capacity / 2> half{};
    while (total < count) {
      const auto size = ring.take_half(half);
      for (std::uint32_t i = 0; i < size; ++i) note(*half[i]);
    }
  });
  for (std::size_t i = 0; i < count; ++i) {
    while (!ring.push(all[i])) take_one();
    if (i % 7 == 0) take_one();
  }
  while (total < count) take_one();
  for (auto& thief : thieves) thief.join();
  std::size_t once = 0;
  for (const auto& n : taken) once += n == 1 ? 1 : 0;
  CHECK(once == count);
}
