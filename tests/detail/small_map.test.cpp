#include "support/catch.hpp"
#include <otp/detail/small_map.hpp>
#include <otp/detail/splitmix64.hpp>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

using otp::detail::small_map;

namespace {

using texts = small_map<std::uint64_t, std::string>;
using texts_with_one_inside = small_map<std::uint64_t, std::string, true>;

std::string text_of(std::uint64_t key) { return "the value of the key " + std::to_string(key); }

void fill(texts& map, std::size_t count) {
  for (std::uint64_t key = 0; key < count; ++key) map.try_emplace(key, text_of(key));
}

template <class Map>
std::vector<std::pair<std::uint64_t, std::string>> all_of(const Map& map) {
  std::vector<std::pair<std::uint64_t, std::string>> found;
  map.each([&](std::uint64_t key, const std::string& value) { found.emplace_back(key, value); });
  return found;
}

// Few keys, so that it goes through all its sizes, up and down.
template <class Map>
void compare_with_std_map(std::uint64_t keys) {
  otp::detail::splitmix64 random{keys};
  Map map;
  std::map<std::uint64_t, std::string> expected;
  for (int step = 0; step < 20'000; ++step) {
    const auto key = random() % keys;
    const bool adds = (step / 500) % 2 == 0 ? random() % 4 != 0 : random() % 4 == 0;
    if (adds) {
      const auto text = text_of(random());
      const auto [value, added] = map.try_emplace(key, text);
      const auto [entry, inserted] = expected.try_emplace(key, text);
      REQUIRE(added == inserted);
      REQUIRE(*value == entry->second);
    } else {
      REQUIRE(map.erase(key) == (expected.erase(key) != 0));
    }
    REQUIRE(map.size() == expected.size());
    REQUIRE(map.empty() == expected.empty());
    REQUIRE(map.contains(key) == expected.contains(key));
    if (step % 50 == 0) {
      REQUIRE(all_of(map) ==
              std::vector<std::pair<std::uint64_t, std::string>>{expected.begin(), expected.end()});
    }
  }
}

}  // namespace

TEST_CASE("a small map is one pointer wide", "[small_map]") {
  STATIC_REQUIRE(sizeof(texts) == sizeof(void*));
}

TEST_CASE("a small map is empty at first and finds nothing", "[small_map]") {
  texts map;
  CHECK(map.empty());
  CHECK(map.size() == 0);
  CHECK(map.find(1) == nullptr);
  CHECK_FALSE(map.erase(1));
}

TEST_CASE("a small map keeps the value that it has when the key is added again", "[small_map]") {
  texts map;
  map.try_emplace(1, "first");
  const auto [value, added] = map.try_emplace(1, "second");
  CHECK_FALSE(added);
  CHECK(*value == "first");
}

TEST_CASE("a small map visits its entries in the order of their keys", "[small_map]") {
  texts map;
  for (const std::uint64_t key : {5U, 1U, 4U, 2U, 3U}) map.try_emplace(key, text_of(key));
  std::vector<std::uint64_t> keys;
  map.each([&](std::uint64_t key, const std::string&) { keys.push_back(key); });
  CHECK(keys == std::vector<std::uint64_t>{1, 2, 3, 4, 5});
}

TEST_CASE("a small map keeps its entries when they move into a tree", "[small_map]") {
  texts map;
  fill(map, texts::few);
  map.try_emplace(texts::few, text_of(texts::few));
  REQUIRE(map.size() == texts::few + 1);
  for (std::uint64_t key = 0; key <= texts::few; ++key) {
    REQUIRE(map.find(key) != nullptr);
    CHECK(*map.find(key) == text_of(key));
  }
}

TEST_CASE("a small map is empty again when the last of many entries is erased", "[small_map]") {
  texts map;
  fill(map, 100);
  for (std::uint64_t key = 0; key < 100; ++key) REQUIRE(map.erase(key));
  CHECK(map.empty());
  fill(map, 1);
  CHECK(map.size() == 1);
}

TEST_CASE("a small map holds values that can only be moved", "[small_map]") {
  small_map<int, std::unique_ptr<int>> map;
  for (int key = 0; key < 100; ++key) map.try_emplace(key, std::make_unique<int>(key));
  CHECK(**map.find(0) == 0);
  CHECK(**map.find(99) == 99);
}

TEST_CASE("a small map does at random what a std::map does", "[small_map]") {
  for (const std::uint64_t keys : {1U, 3U, 12U, 60U}) compare_with_std_map<texts>(keys);
}

TEST_CASE("a small map with an entry inside does at random what a std::map does", "[small_map]") {
  for (const std::uint64_t keys : {1U, 3U, 12U, 60U}) compare_with_std_map<texts_with_one_inside>(keys);
}

TEST_CASE("a small map with an entry inside keeps the first one where it is itself",
          "[small_map]") {
  texts_with_one_inside map;
  const auto* const begin = reinterpret_cast<const std::byte*>(&map);
  const auto* const value = reinterpret_cast<const std::byte*>(map.try_emplace(1, "one").first);
  CHECK(value > begin);
  CHECK(value < begin + sizeof(map));
}
