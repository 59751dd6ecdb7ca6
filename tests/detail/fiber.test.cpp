// Switching between fibers: handles, exceptions in flight, threads, the end of a fiber.
#include "support/catch.hpp"
#include <otp/detail/fiber.hpp>

#include <array>
#include <cstdint>
#include <cstring>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using otp::detail::current_eh_globals;
using otp::detail::fiber;
using otp::detail::stack_pool;

namespace {

// Counts the objects that exist.
struct counted {
  explicit counted(int& n) : count(&n) { ++*count; }
  counted(counted&& other) noexcept : count(std::exchange(other.count, nullptr)) {}
  counted(const counted&) = delete;
  counted& operator=(const counted&) = delete;
  counted& operator=(counted&&) = delete;
  ~counted() {
    if (count != nullptr) --*count;
  }
  int* count;
};

}  // namespace

TEST_CASE("a fiber starts when it is resumed, and its end is seen as an empty handle") {
  stack_pool pool(64 * 1024);
  std::string trace;
  fiber f(pool, [&](fiber&& resumer) {
    trace += "a";
    fiber back = std::move(resumer).resume();
    trace += "b";
    return back;
  });
  CHECK(f);
  CHECK(trace.empty());
  f = std::move(f).resume();
  CHECK(f);
  CHECK(trace == "a");
  f = std::move(f).resume();
  CHECK(!f);
  CHECK(trace == "ab");
  CHECK(pool.in_use() == 0);
}

TEST_CASE("the entry is destroyed before the fiber that it names is resumed") {
  stack_pool pool(64 * 1024);
  int alive = 0;
  fiber f(pool, [object = counted(alive)](fiber&& resumer) {
    fiber back = std::move(resumer).resume();
    CHECK(*object.count == 1);
    return back;
  });
  f = std::move(f).resume();
  CHECK(alive == 1);
  f = std::move(f).resume();
  CHECK(alive == 0);
}

TEST_CASE("a fiber may be resumed by another fiber than the one that resumed it before") {
  stack_pool pool(64 * 1024);
  std::string trace;
  fiber main_handle;
  fiber a(pool, [&](fiber&& resumer) {
    trace += "a1 ";
    fiber other = std::move(resumer).resume();  // resumed by b
    trace += "a2 ";
    CHECK(other);
    other = std::move(other).resume();  // b ends, and goes on here
    trace += "a3 ";
    CHECK(!other);
    return std::move(main_handle);
  });
  a = std::move(a).resume();
  fiber b(pool, [&](fiber&& resumer) {
    trace += "b1 ";
    main_handle = std::move(resumer);
    fiber back = std::move(a).resume();
    trace += "b2 ";
    return back;
  });
  b = std::move(b).resume();
  CHECK(!b);
  CHECK(trace == "a1 b1 a2 b2 a3 ");
  CHECK(pool.in_use() == 0);
}

TEST_CASE("the last switch of a fiber may start another fiber") {
  stack_pool pool(64 * 1024);
  fiber main_handle;
  bool resumer_was_empty = false;
  fiber second(pool, [&](fiber&& resumer) {
    resumer_was_empty = !resumer;
    return std::move(main_handle);
  });
  fiber first(pool, [&](fiber&& resumer) {
    main_handle = std::move(resumer);
    return std::move(second);
  });
  first = std::move(first).resume();
  CHECK(!first);
  CHECK(resumer_was_empty);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("a fiber that waits inside a catch block finds its exception again") {
  stack_pool pool(64 * 1024);
  std::string seen;
  const auto body = [&](const char* text) {
    return [&seen, text](fiber&& resumer) {
      fiber back = std::move(resumer);
      try {
        throw std::runtime_error(text);
      } catch (const std::exception& e) {
        back = std::move(back).resume();
        try {
          throw;
        } catch (const std::runtime_error& again) {
          seen += again.what();
        }
        CHECK(std::current_exception() != nullptr);
        static_cast<void>(e);
      }
      CHECK(std::current_exception() == nullptr);
      return back;
    };
  };
  fiber first(pool, body("first "));
  fiber second(pool, body("second "));
  first = std::move(first).resume();
  CHECK(std::current_exception() == nullptr);
  second = std::move(second).resume();
  first = std::move(first).resume();  // not the reverse order: the chains must not be mixed
  second = std::move(second).resume();
  CHECK(seen == "first second ");
  CHECK(current_eh_globals().caught == nullptr);
  CHECK(current_eh_globals().uncaught == 0);
}

TEST_CASE("a new fiber does not see the exception that its creator is handling") {
  stack_pool pool(64 * 1024);
  bool checked = false;
  try {
    throw std::logic_error("outside");
  } catch (const std::logic_error&) {
    fiber f(pool, [&](fiber&& resumer) {
      checked = std::current_exception() == nullptr && std::uncaught_exceptions() == 0;
      return std::move(resumer);
    });
    f = std::move(f).resume();
    CHECK(std::current_exception() != nullptr);
  }
  CHECK(checked);
}

TEST_CASE(
    "a fiber that waits in a destructor during unwinding keeps its count of uncaught exceptions") {
  stack_pool pool(64 * 1024);
  fiber outside;
  int inside_before = 0;
  int inside_after = 0;
  fiber f(pool, [&](fiber&& resumer) {
    struct waiter {
      fiber& back;
      int& before;
      int& after;
      ~waiter() {
        before = std::uncaught_exceptions();
        back = std::move(back).resume();
        after = std::uncaught_exceptions();
      }
    };
    fiber back = std::move(resumer);
    try {
      const waiter w{back, inside_before, inside_after};
      throw 1;
    } catch (int) {
    }
    return back;
  });
  f = std::move(f).resume();
  CHECK(std::uncaught_exceptions() == 0);
  f = std::move(f).resume();
  CHECK(inside_before == 1);
  CHECK(inside_after == 1);
}

TEST_CASE("an abandoned fiber destroys nothing and keeps its stack, also after the pool is gone") {
  int alive = 0;
  const volatile int* inside = nullptr;
  {
    stack_pool pool(64 * 1024);
    fiber f(pool, [&](fiber&& resumer) {
      const counted object(alive);
      const auto on_heap =
          std::make_unique<std::array<std::string, 3>>();  // leaked, and not reported
      (*on_heap)[1] = std::string(100, 'x');
      volatile int local = 42;
      inside = &local;
      fiber back = std::move(resumer).resume();
      return back;
    });
    f = std::move(f).resume();
    std::move(f).abandon();
    CHECK(!f);
    CHECK(alive == 1);
    CHECK(pool.in_use() == 1);
  }
  CHECK(alive == 1);
  CHECK(*inside == 42);
}

TEST_CASE("destroying or overwriting a handle abandons the fiber") {
  int alive = 0;
  stack_pool pool(64 * 1024);
  const auto body = [&](fiber&& resumer) {
    const counted object(alive);
    return std::move(resumer).resume();
  };
  {
    fiber f(pool, body);
    f = std::move(f).resume();
    f = fiber();
    fiber g(pool, body);
    g = std::move(g).resume();
  }
  CHECK(alive == 2);
  CHECK(pool.in_use() == 2);
}

TEST_CASE("stacks are large enough for what they promise") {
  stack_pool pool(256 * 1024);
  std::size_t sum = 0;
  fiber f(pool, [&](fiber&& resumer) {
    std::array<volatile unsigned char, 200 * 1024> bytes;
    for (std::size_t i = 0; i < bytes.size(); i += 512) bytes[i] = 1;
    for (std::size_t i = 0; i < bytes.size(); i += 512) sum += bytes[i];
    return std::move(resumer);
  });
  f = std::move(f).resume();
  CHECK(sum == 400);
}

TEST_CASE("a suspended fiber may go on under another thread, when the threads take turns") {
  stack_pool pool(64 * 1024);
  std::vector<std::thread::id> ids;
  fiber f(pool, [&](fiber&& resumer) {
    fiber back = std::move(resumer);
    for (int i = 0; i < 3; ++i) {
      try {
        throw i;
      } catch (const int& value) {
        ids.push_back(std::this_thread::get_id());
        back = std::move(back).resume();
        CHECK(value == i);
        CHECK(std::current_exception() != nullptr);
      }
    }
    return back;
  });
  std::vector<std::thread::id> carriers;
  for (int i = 0; i < 4; ++i) {
    std::thread thread([&] {
      carriers.push_back(std::this_thread::get_id());
      f = std::move(f).resume();
      CHECK(current_eh_globals().caught == nullptr);
    });
    thread.join();
  }
  CHECK(!f);
  REQUIRE(ids.size() == 3);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("many fibers end and start again on the same stacks") {
  stack_pool pool(64 * 1024);
  std::uint64_t sum = 0;
  constexpr unsigned at_once = 100;
  constexpr unsigned rounds = 200;  // more in total than ThreadSanitizer knows fibers
  for (unsigned round = 0; round < rounds; ++round) {
    std::vector<fiber> fibers;
    for (unsigned i = 0; i < at_once; ++i) {
      fibers.emplace_back(pool, [&sum, i](fiber&& resumer) {
        fiber back = std::move(resumer).resume();
        sum += i;
        return back;
      });
    }
    for (fiber& f : fibers) f = std::move(f).resume();
    for (fiber& f : fibers) f = std::move(f).resume();
    for (const fiber& f : fibers) REQUIRE(!f);
  }
  CHECK(sum == std::uint64_t{rounds} * at_once * (at_once - 1) / 2);
  CHECK(pool.in_use() == 0);
}

TEST_CASE("long histories of switches leave the books of the tools in order") {
  stack_pool pool(64 * 1024);
  unsigned steps = 0;
  fiber f(pool, [&](fiber&& resumer) {
    fiber back = std::move(resumer);
    for (; steps < 100'000; ++steps) back = std::move(back).resume();
    return back;
  });
  while (f) f = std::move(f).resume();
  CHECK(steps == 100'000);
}

TEST_CASE("two threads switch fibers of one pool at the same time") {
  stack_pool pool(64 * 1024);
  std::array<std::uint64_t, 2> sums{};
  std::vector<std::thread> threads;
  for (auto& sum : sums) {
    threads.emplace_back([&pool, &sum] {
      for (unsigned round = 0; round < 300; ++round) {
        fiber f(pool, [&sum](fiber&& resumer) {
          fiber back = std::move(resumer);
          for (int i = 0; i < 10; ++i) {
            ++sum;
            back = std::move(back).resume();
          }
          return back;
        });
        while (f) f = std::move(f).resume();
      }
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(sums[0] == 3000);
  CHECK(sums[1] == 3000);
  CHECK(pool.in_use() == 0);
}
