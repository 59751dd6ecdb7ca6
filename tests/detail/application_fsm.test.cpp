// What the application controller decides, event by event.
#include "detail/application_machine.hpp"
#include "support/catch.hpp"
#include <otp/detail/application_fsm.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace application_test;

namespace {

machine with(const std::string& names) {
  machine m;
  for (const char name : names) m.load({name});
  return m;
}

}  // namespace

TEST_CASE("a start is answered when the application is up", "[L-001]") {
  auto m = with("a");
  CHECK(m.start(1, "a") == lines{"start a"});
  CHECK(m.started("a") == lines{"reply 1 ok []"});
  CHECK(m.start(2, "a") == lines{"reply 2 already_started a"});
}

TEST_CASE("two starts of the same application at once are one, and both are answered", "[L-002]") {
  auto m = with("a");
  m.start(1, "a");
  CHECK(m.start(2, "a").empty());
  CHECK(m.started("a") == lines{"reply 1 ok []", "reply 2 ok []"});
}

TEST_CASE("what is asked of an application while it stops waits until it has stopped",
          "[L-014][L-015]") {
  auto m = with("a");
  m.run("a");
  CHECK(m.stop(1, "a") == lines{"stop a"});
  CHECK(m.stop(2, "a").empty());
  CHECK(m.start(3, "a").empty());
  CHECK(m.ensure(4, "a").empty());
  CHECK(m.ended("a") == lines{"reply 1 ok []", "reply 2 not_started a", "start a"});
  CHECK(m.started("a") == lines{"reply 3 ok []", "reply 4 ok [a]"});
}

TEST_CASE("a plan starts the first one missing and goes on when that is up", "[L-004]") {
  machine m;
  m.load("a");
  m.load("b", {"a"});
  m.load("c", {"b"});
  CHECK(m.ensure(1, "c") == lines{"start a"});
  CHECK(m.started("a") == lines{"start b"});
  CHECK(m.started("b") == lines{"start c"});
  CHECK(m.started("c") == lines{"reply 1 ok [a b c]"});
}

TEST_CASE("a plan that fails stops what it has started, newest first", "[L-005]") {
  machine m;
  m.load("a");
  m.load("b", {"a"});
  m.load("c", {"b"});
  m.ensure(1, "c");
  m.started("a");
  m.started("b");
  CHECK(m.failed("c") == lines{"stop b"});
  CHECK(m.ended("b") == lines{"stop a"});
  CHECK(m.ended("a") == lines{"reply 1 start_failed c"});
}

TEST_CASE("the last permanent end is told when all others have stopped", "[L-020][L-023]") {
  auto m = with("abc");
  m.run("a");
  m.run("b", restart::permanent);
  m.run("c");
  CHECK(m.ended("b", "boom"s) == lines{"stop c"});
  CHECK(m.start(1, "b") == lines{"reply 1 stopping b"});
  CHECK(m.ended("c") == lines{"stop a"});
  CHECK(m.ended("a") == lines{"node_down b"});
}

TEST_CASE("the type and the reason decide whether an end takes the node down",
          "[L-019][L-020][L-021]") {
  const auto takes_node = [](restart type, exit_reason why) {
    auto m = with("a");
    m.run("a", type);
    return m.ended("a", std::move(why)) == lines{"node_down a"};
  };
  CHECK_FALSE(takes_node(restart::temporary, "boom"s));
  CHECK_FALSE(takes_node(restart::transient, otp::reason::normal));
  CHECK(takes_node(restart::transient, otp::reason::shutdown));
  CHECK(takes_node(restart::transient, "boom"s));
  CHECK(takes_node(restart::permanent, otp::reason::normal));
}

TEST_CASE("a stop that was asked for never takes the node down", "[L-020]") {
  auto m = with("a");
  m.run("a", restart::permanent);
  m.stop(1, "a");
  CHECK(m.ended("a", "boom"s) == lines{"reply 1 ok []"});
}

TEST_CASE("stop_all waits for one that is starting and then stops it too", "[L-023]") {
  auto m = with("ab");
  m.run("a");
  m.start(1, "b");
  CHECK(m.stop_all(2).empty());
  CHECK(m.started("b") == lines{"reply 1 ok []", "stop b"});
  CHECK(m.ended("b") == lines{"stop a"});
  CHECK(m.ended("a") == lines{"reply 2 ok []"});
}

TEST_CASE("a plan in the midst of which all stop is refused and stops nothing by itself",
          "[L-005][L-023]") {
  machine m;
  m.load("a");
  m.load("b", {"a"});
  m.ensure(1, "b");
  m.stop_all(2);
  CHECK(m.started("a") == lines{"reply 1 stopping b", "stop a"});
  CHECK(m.ended("a") == lines{"reply 2 ok []"});
}
