// Subscriptions to topics: their order, duplicates, removal, and lists that do not change under a
// reader.
#include "support/catch.hpp"
#include <otp/detail/topic_table.hpp>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

using otp::detail::topic_table;

namespace {

constexpr otp::pid ann{0, 1, 1};
constexpr otp::pid bob{0, 2, 2};
constexpr otp::pid cid{0, 3, 3};

std::vector<otp::pid> pids(topic_table& table, std::string_view topic) {
  std::vector<otp::pid> result;
  if (const auto all = table.subscribers(topic)) {
    for (const otp::subscriber& each : *all) result.push_back(each.process);
  }
  return result;
}

}  // namespace

TEST_CASE("subscribers are listed in the order of subscribing, a process once for each time") {
  topic_table table;
  table.add("t", bob, {});
  table.add("t", ann, {});
  table.add("t", bob, {});
  CHECK(pids(table, "t") == std::vector{bob, ann, bob});
  CHECK(table.subscribers("other") == nullptr);
}

TEST_CASE("each subscription keeps its metadata") {
  topic_table table;
  table.add("t", ann, "fast");
  table.add("t", ann, {});
  const auto all = table.subscribers("t");
  CHECK(all->at(0).metadata == otp::field_value{"fast"});
  CHECK(all->at(1).metadata == otp::field_value{});
}

TEST_CASE("only the first subscription of a process asks for somebody to watch it") {
  topic_table table;
  CHECK(table.add("t", ann, {}));
  CHECK_FALSE(table.add("t", ann, {}));
  CHECK(table.add("t", bob, {}));
  table.remove("t", ann);
  CHECK(table.add("t", ann, {}));
}

TEST_CASE("removing takes all subscriptions of a process to that topic and no others") {
  topic_table table;
  table.add("t", ann, {});
  table.add("t", bob, {});
  table.add("t", ann, {});
  table.add("u", ann, {});
  table.remove("t", ann);
  CHECK(pids(table, "t") == std::vector{bob});
  CHECK(pids(table, "u") == std::vector{ann});
  table.remove("t", ann);
  table.remove("never", ann);
  table.remove("u", cid);
  CHECK(pids(table, "u") == std::vector{ann});
}

TEST_CASE("removing all takes a process out of every topic") {
  topic_table table;
  for (int n = 0; n < 100; ++n) {
    table.add("topic " + std::to_string(n), ann, {});
    table.add("topic " + std::to_string(n), bob, {});
  }
  table.remove_all(ann);
  table.remove_all(cid);
  for (int n = 0; n < 100; ++n) {
    CHECK(pids(table, "topic " + std::to_string(n)) == std::vector{bob});
  }
  table.remove_all(bob);
  CHECK(table.subscribers("topic 1") == nullptr);
}

TEST_CASE("a list that somebody reads does not change") {
  topic_table table;
  table.add("t", ann, {});
  const auto before = table.subscribers("t");
  table.add("t", bob, {});
  table.remove("t", ann);
  CHECK(before->size() == 1);
  CHECK(before->at(0).process == ann);
  CHECK(table.subscribers("t") == table.subscribers("t"));
  CHECK(pids(table, "t") == std::vector{bob});
}

TEST_CASE("several threads may subscribe, leave and read at once") {
  topic_table table;
  std::atomic<bool> done{false};
  std::thread reader{[&] {
    while (!done) static_cast<void>(pids(table, "t"));
  }};
  std::vector<std::thread> threads;
  for (std::uint64_t n = 1; n <= 2; ++n) {
    threads.emplace_back([&table, n] {
      const otp::pid self{0, static_cast<std::uint32_t>(n), n};
      for (int i = 0; i < 500; ++i) {
        table.add("t", self, {});
        if (i % 3 == 0) table.remove("t", self);
        if (i % 50 == 0) table.remove_all(self);
      }
      table.remove_all(self);
    });
  }
  for (auto& each : threads) each.join();
  done = true;
  reader.join();
  CHECK(table.subscribers("t") == nullptr);
}
