#include "support/catch.hpp"
#include <otp/child_validation.hpp>
#include <otp/supervisor_spec.hpp>

#include <chrono>
#include <span>
#include <string>
#include <utility>
#include <vector>

using namespace std::chrono_literals;
using otp::child_spec;
using otp::spec_mistake;
using otp::wrong_child_spec;

namespace {

child_spec good(std::string id) {
  return {.id = std::move(id), .start = [] { return otp::pid{}; }};
}

std::vector<wrong_child_spec> mistakes_of(const std::vector<child_spec>& specs) {
  const auto valid = otp::validate(std::span{specs});
  return valid ? std::vector<wrong_child_spec>{} : valid.error().mistakes;
}

}  // namespace

TEST_CASE(
    "a spec with an id and a start function is valid, also with no time to shut down (V-003)") {
  CHECK(otp::validate(good("cache")));
  CHECK(otp::validate(good("cache").with({.shutdown = 0s})));
  CHECK(otp::validate(good("cache").with({.shutdown = otp::brutal_kill})));
}

TEST_CASE("each mistake in a spec is refused by its name (V-003)") {
  const auto start = good("x").start;
  CHECK(mistakes_of({{.start = start}}) ==
        std::vector<wrong_child_spec>{{0, "", spec_mistake::missing_id}});
  CHECK(mistakes_of({{.id = "x"}}) ==
        std::vector<wrong_child_spec>{{0, "x", spec_mistake::missing_start}});
  CHECK(mistakes_of({good("x").with({.shutdown = -1ns})}) ==
        std::vector<wrong_child_spec>{{0, "x", spec_mistake::negative_shutdown}});
  CHECK(mistakes_of({{.id = "x", .start = start, .significant = true}}) ==
        std::vector<wrong_child_spec>{{0, "x", spec_mistake::significant}});
}

TEST_CASE("an id that an earlier spec of the list has is refused (V-004)") {
  CHECK(mistakes_of({good("a"), good("b"), good("a")}) ==
        std::vector<wrong_child_spec>{{2, "a", spec_mistake::duplicate_id}});
  CHECK(mistakes_of({good("a"), good("b")}).empty());
  CHECK(mistakes_of({}).empty());
}

TEST_CASE("all mistakes of a list are found at once, in its order (V-004)") {
  CHECK(mistakes_of({good("a"), {.id = "a"}, {.start = good("x").start}}) ==
        std::vector<wrong_child_spec>{{1, "a", spec_mistake::missing_start},
                                      {1, "a", spec_mistake::duplicate_id},
                                      {2, "", spec_mistake::missing_id}});
}

TEST_CASE("the error names the children, says what to do and lists the ids there are") {
  const std::vector<child_spec> specs{good("cache"), good("cache"), {.id = "feed"}};
  const auto valid = otp::validate(std::span{specs});
  REQUIRE_FALSE(valid);
  CHECK(valid.error().text ==
        "the child specs are wrong:\n"
        "  child 2 \"cache\" has the id of an earlier child: give it an .id of its own\n"
        "  child 3 \"feed\" has no start function: give it a .start, or make the spec with "
        "otp::child<Server>(...)\n"
        "  the ids are: \"cache\" \"cache\" \"feed\"");
  CHECK(otp::exit_reason{valid.error()}.to_string() == valid.error().text);
}

TEST_CASE("a supervisor's period must be more than zero (V-006)") {
  CHECK(otp::validate(otp::supervisor_spec{}));
  CHECK(otp::validate(otp::supervisor_spec{.intensity = {.max_restarts = 0}}));
  const auto valid = otp::validate(otp::supervisor_spec{.intensity = {.within = 0s}});
  REQUIRE_FALSE(valid);
  CHECK(valid.error().get<otp::invalid_supervisor>() != nullptr);
}

TEST_CASE("a supervisor allows three restarts in five seconds and restarts one for one (V-005)") {
  const otp::supervisor_spec spec{};
  CHECK(spec.intensity == otp::restart_intensity{.max_restarts = 3, .within = 5s});
  CHECK(spec.strategy == otp::strategy::one_for_one);
}

TEST_CASE("checking a whole supervisor gives the reason it would refuse to start with (V-011)") {
  const auto valid = otp::validate(otp::supervisor_spec{.children = {good("a"), good("a")}});
  REQUIRE_FALSE(valid);
  REQUIRE(valid.error().get<otp::invalid_child_specs>() != nullptr);
  CHECK(valid.error().get<otp::invalid_child_specs>()->mistakes.size() == 1);
}
