// One immutable value with many owners.
#include <otp/shared.hpp>

#include "support/catch.hpp"

#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

namespace {

struct article {
  std::string title;
  int pages;

  bool operator==(const article&) const = default;
};

// Counts how often it is copied and how many are alive.
struct witness {
  explicit witness(int& alive_count) : alive{&alive_count} { ++*alive; }
  witness(const witness&) = delete;
  witness& operator=(const witness&) = delete;
  ~witness() { --*alive; }

  int* alive;
};

TEST_CASE("make_shared constructs the value in place") {
  const auto news = otp::make_shared<article>("today", 3);
  CHECK(news->title == "today");
  CHECK((*news).pages == 3);
}

TEST_CASE("the value cannot be changed") {
  using shared_article = otp::shared<article>;
  static_assert(std::is_same_v<decltype(*std::declval<shared_article&>()), const article&>);
  static_assert(std::is_same_v<decltype(std::declval<shared_article&>()->title), std::string>);
  static_assert(std::is_const_v<std::remove_pointer_t<
                    decltype(std::declval<shared_article&>().operator->())>>);
}

TEST_CASE("copies refer to the same value") {
  const auto first = otp::make_shared<article>("today", 3);
  const auto second = first;
  CHECK(&*first == &*second);
}

TEST_CASE("the value lives as long as one of its owners") {
  int alive = 0;
  {
    auto first = otp::make_shared<witness>(alive);
    auto second = first;
    auto third = std::move(first);
    CHECK(alive == 1);
    second = otp::make_shared<witness>(alive);
    CHECK(alive == 2);
    third = second;
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}

TEST_CASE("equality compares the values") {
  const auto news = otp::make_shared<article>("today", 3);
  CHECK(news == otp::make_shared<article>("today", 3));
  CHECK(news != otp::make_shared<article>("today", 4));
}

TEST_CASE("an exception of the constructor comes through") {
  struct refuses {
    refuses() { throw std::runtime_error{"no"}; }
  };
  CHECK_THROWS_AS(otp::make_shared<refuses>(), std::runtime_error);
}

TEST_CASE("a shared value is as sendable as the value, which need not be movable") {
  CHECK(otp::sendable<otp::shared<article>>);
  CHECK(otp::sendable<std::vector<otp::shared<article>>>);
  CHECK_FALSE(otp::sendable<otp::shared<std::string_view>>);
  struct immovable {
    explicit immovable(int) {}
    immovable(const immovable&) = delete;
  };
  CHECK(otp::sendable<otp::shared<immovable>>);
}

TEST_CASE("a shared value is one pointer and never throws when copied") {
  static_assert(sizeof(otp::shared<article>) == sizeof(void*));
  static_assert(std::is_nothrow_copy_constructible_v<otp::shared<article>>);
  static_assert(std::is_nothrow_move_constructible_v<otp::shared<article>>);
  static_assert(!std::is_default_constructible_v<otp::shared<article>>);
}

TEST_CASE("threads may share a value and let go of it in any order") {
  int alive = 0;
  {
    const auto value = otp::make_shared<witness>(alive);
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([mine = value] {
        for (int round = 0; round < 1000; ++round) {
          const auto copy = mine;
        }
      });
    }
    for (std::thread& thread : threads) {
      thread.join();
    }
    CHECK(alive == 1);
  }
  CHECK(alive == 0);
}

}  // namespace
