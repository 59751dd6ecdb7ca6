// Stacks: where they lie, what guards them, what is reused, and what goes back to the system.
#include "support/catch.hpp"
#include "support/resident.hpp"
#include <otp/detail/stack_pool.hpp>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>
#include <set>
#include <thread>
#include <vector>

using otp::detail::pooled_stack;
using otp::detail::stack_guard;
using otp::detail::stack_pool;
using otp::detail::stack_pool_options;

namespace {

void fill(const pooled_stack& stack) { std::memset(stack.bottom(), 7, stack.size); }

std::size_t resident_pages(const pooled_stack& stack) {
  return ::resident_pages(stack.bottom(), stack.top);
}

// Whether `action` ends a process in another way than by returning.
template <class Action>
bool ends_the_program(Action action) {
  const pid_t child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    // Its end is expected: nobody shall report it.
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS}) std::signal(signal, SIG_DFL);
    const int null = ::open("/dev/null", O_WRONLY);
    ::dup2(null, STDERR_FILENO);
    action();
    ::_exit(0);
  }
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  return !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace

TEST_CASE("stacks are writable, page aligned, and do not overlap") {
  stack_pool pool(20'000);
  CHECK(pool.stack_size() >= 20'000);
  CHECK(pool.stack_size() % page_size() == 0);
  std::vector<pooled_stack> stacks;
  for (int i = 0; i < 3000; ++i) stacks.push_back(pool.allocate());  // several chunks
  for (const pooled_stack& stack : stacks) {
    REQUIRE(stack.size == pool.stack_size());
    REQUIRE(reinterpret_cast<std::uintptr_t>(stack.top) % page_size() == 0);
    *stack.bottom() = std::byte{1};
    *(stack.top - 1) = std::byte{1};
  }
  std::sort(stacks.begin(), stacks.end(),
            [](const pooled_stack& a, const pooled_stack& b) { return a.top < b.top; });
  for (std::size_t i = 1; i < stacks.size(); ++i) REQUIRE(stacks[i].bottom() >= stacks[i - 1].top);
  CHECK(pool.in_use() == stacks.size());
  for (const pooled_stack& stack : stacks) pool.deallocate(stack);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("the stack that was used last is used next") {
  stack_pool pool(64 * 1024);
  const pooled_stack a = pool.allocate();
  const pooled_stack b = pool.allocate();
  pool.deallocate(a);
  pool.deallocate(b);
  CHECK(pool.allocate().top == b.top);
  CHECK(pool.allocate().top == a.top);
}

TEST_CASE("free stacks that nobody needs give their memory back, but for a few") {
  for (const stack_guard guard :
       {stack_guard::automatic, stack_guard::protected_page, stack_guard::canary}) {
    stack_pool pool(stack_pool_options{.stack_size = 64 * 1024, .hot = 2, .guard = guard});
    std::vector<pooled_stack> stacks;
    for (int i = 0; i < 5; ++i) stacks.push_back(pool.allocate());
    for (const pooled_stack& stack : stacks) {
      std::memset(stack.bottom() + 64, 7, stack.size - 64);  // not the canary
      REQUIRE(resident_pages(stack) == stack.size / page_size());
    }
    for (const pooled_stack& stack : stacks) pool.deallocate(stack);
    CHECK(pool.has_unused());
    pool.give_back();  // they are all new here
    CHECK(pool.hot() == 5);
    pool.give_back();
    CHECK(pool.hot() == 2);
    CHECK(!pool.has_unused());
    for (std::size_t i = 0; i < stacks.size(); ++i) {
      if (i >= 3) {
        CHECK(resident_pages(stacks[i]) == stacks[i].size / page_size());
      } else {
        CHECK(resident_pages(stacks[i]) <= 1);  // the page of a canary stays
      }
    }
    // All of them serve again, the hot ones first.
    std::set<std::byte*> tops;
    for (int i = 0; i < 5; ++i) {
      const pooled_stack stack = pool.allocate();
      tops.insert(stack.top);
      if (i < 2) CHECK(resident_pages(stack) > 1);
    }
    for (const pooled_stack& stack : stacks) CHECK(tops.count(stack.top) == 1);
    for (const pooled_stack& stack : stacks) pool.deallocate(stack);
  }
}

TEST_CASE("stacks that were needed since the last look keep their memory") {
  stack_pool pool(stack_pool_options{.stack_size = 64 * 1024, .hot = 0});
  std::vector<pooled_stack> stacks;
  for (int i = 0; i < 6; ++i) stacks.push_back(pool.allocate());
  for (const pooled_stack& stack : stacks) pool.deallocate(stack);
  pool.give_back();
  std::vector<pooled_stack> needed;
  for (int i = 0; i < 4; ++i) needed.push_back(pool.allocate());
  for (const pooled_stack& stack : needed) pool.deallocate(stack);
  pool.give_back();
  CHECK(pool.hot() == 4);
  pool.give_back();
  CHECK(pool.hot() == 0);
}

TEST_CASE("an overflow into a guard page ends the program") {
  for (const stack_guard guard : {stack_guard::automatic, stack_guard::protected_page}) {
    stack_pool pool(stack_pool_options{.stack_size = 64 * 1024, .guard = guard});
    const pooled_stack first = pool.allocate();
    const pooled_stack second = pool.allocate();
    REQUIRE(!first.canary);
    CHECK(ends_the_program([&] {
      volatile std::byte* const below = second.bottom() - 1;
      *below = std::byte{1};
    }));
    fill(second);
    pool.deallocate(first);
    pool.deallocate(second);
  }
}

TEST_CASE("a guard survives that the memory of its stack is given back") {
  stack_pool pool(stack_pool_options{.stack_size = 64 * 1024, .hot = 0});
  // Neighbours: one call gives back all of them, with the guards in between.
  std::vector<pooled_stack> stacks;
  for (int i = 0; i < 3; ++i) stacks.push_back(pool.allocate());
  for (const pooled_stack& stack : stacks) {
    fill(stack);
    pool.deallocate(stack);
  }
  pool.give_back();
  pool.give_back();
  REQUIRE(pool.hot() == 0);
  for (const pooled_stack& stack : stacks) {
    CHECK(resident_pages(stack) == 0);
    const pooled_stack again = pool.allocate();
    CHECK(again.top == stack.top);
    CHECK(ends_the_program([&] {
      volatile std::byte* const below = again.bottom() - 1;
      *below = std::byte{1};
    }));
  }
  for (const pooled_stack& stack : stacks) pool.deallocate(stack);
}

TEST_CASE("a damaged canary ends the program when it is looked at, an intact one does not") {
  for (const std::size_t hot : {std::size_t{0}, std::size_t{8}}) {
    stack_pool pool(
        stack_pool_options{.stack_size = 64 * 1024, .hot = hot, .guard = stack_guard::canary});
    pooled_stack stack = pool.allocate();
    REQUIRE(stack.canary);
    for (int round = 0; round < 2; ++round) {
      pool.check(stack);
      const auto damage = [&] { *stack.bottom() ^= std::byte{1}; };
      CHECK(ends_the_program([&] {
        damage();
        pool.check(stack);
      }));
      CHECK(ends_the_program([&] {
        damage();
        pool.deallocate(stack);
      }));
      pool.deallocate(stack);
      pool.give_back();
      pool.give_back();
      stack = pool.allocate();
    }
    pool.deallocate(stack);
  }
}

TEST_CASE("more stacks than the kernel's limit on mappings can be in use") {
  stack_pool pool(64 * 1024);
  std::vector<pooled_stack> stacks;
  for (int i = 0; i < 70'000; ++i) stacks.push_back(pool.allocate());
  *(stacks.back().top - 1) = std::byte{1};
  for (const pooled_stack& stack : stacks) pool.deallocate(stack);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("protected pages leave room under the limit on mappings, and canaries take over") {
  const stack_pool_options options{.stack_size = 64 * 1024, .guard = stack_guard::protected_page};
  // A second round: a pool that is destroyed gives back what it took of the limit.
  for (int round = 0; round < 2; ++round) {
    stack_pool pool(options);
    std::vector<pooled_stack> stacks;
    for (int i = 0; i < 40'000; ++i) stacks.push_back(pool.allocate());
    CHECK(!stacks.front().canary);
    // Mapping still works for everybody else.
    const std::size_t bytes = page_size();
    void* const other = ::mmap(nullptr, bytes, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    REQUIRE(other != MAP_FAILED);
    ::munmap(other, bytes);
    for (const pooled_stack& stack : stacks) pool.deallocate(stack);
  }
}

TEST_CASE("an abandoned stack outlives its pool") {
  pooled_stack kept;
  {
    stack_pool pool(64 * 1024);
    kept = pool.allocate();
    const pooled_stack other = pool.allocate();
    pool.deallocate(other);
    std::memset(kept.bottom(), 3, kept.size);
  }
  CHECK(*kept.bottom() == std::byte{3});
  CHECK(*(kept.top - 1) == std::byte{3});
}

TEST_CASE("a stack that cannot be had is bad_alloc, and the pool goes on") {
  stack_pool pool(std::size_t{1} << 60);
  CHECK_THROWS_AS(pool.allocate(), std::bad_alloc);
  CHECK_THROWS_AS(pool.allocate(), std::bad_alloc);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("threads allocate and give back at the same time") {
  stack_pool pool(stack_pool_options{.stack_size = 64 * 1024, .hot = 4});
  std::vector<std::thread> threads;
  for (unsigned char id = 1; id <= 4; ++id) {
    threads.emplace_back([&pool, id] {
      std::vector<pooled_stack> mine;
      for (int i = 0; i < 2000; ++i) {
        if (mine.size() < 8 && i % 3 != 2) {
          mine.push_back(pool.allocate());
          *(mine.back().top - 1) = std::byte{id};
        } else if (!mine.empty()) {
          if (*(mine.front().top - 1) != std::byte{id}) std::abort();
          pool.deallocate(mine.front());
          mine.erase(mine.begin());
        }
      }
      for (const pooled_stack& stack : mine) pool.deallocate(stack);
    });
  }
  std::atomic<bool> over{false};
  std::thread tidier{[&] {
    while (!over) pool.give_back();
  }};
  for (std::thread& thread : threads) thread.join();
  over = true;
  tidier.join();
  CHECK(pool.in_use() == 0);
  pool.give_back();
  pool.give_back();
  CHECK(pool.hot() == 4);
}
