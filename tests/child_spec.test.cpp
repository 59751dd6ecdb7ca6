#include "support/catch.hpp"
#include <otp/child_spec.hpp>

#include <chrono>

using namespace std::chrono_literals;
using otp::child_spec;
using otp::child_type;
using otp::shutdown_policy;

TEST_CASE("a spec with only id and start is a permanent worker with 5 s to shut down (V-001)") {
  const child_spec spec =
      child_spec{.id = "cache", .start = [] { return otp::pid{}; }}.with_defaults();
  CHECK(spec.restart == otp::restart::permanent);
  CHECK(spec.type == child_type::worker);
  CHECK(spec.shutdown == shutdown_policy{5s});
  CHECK_FALSE(spec.significant);
}

TEST_CASE("a supervisor as a child has all the time it needs to shut down (V-002)") {
  const child_spec spec{.id = "inner", .type = child_type::supervisor};
  CHECK(spec.with_defaults().shutdown == shutdown_policy{otp::infinity});
}

TEST_CASE("a shutdown time that is given is kept, whatever the type (V-002)") {
  const child_spec spec{.id = "inner", .shutdown = 50ms, .type = child_type::supervisor};
  CHECK(spec.with_defaults().shutdown.allowance() == 50ms);
}

TEST_CASE("a shutdown policy is brutal_kill, infinity or a time") {
  CHECK(shutdown_policy{}.is_unset());
  CHECK(shutdown_policy{otp::brutal_kill}.is_brutal_kill());
  CHECK(shutdown_policy{otp::infinity}.allowance() == otp::infinity);
  CHECK(shutdown_policy{2s}.allowance() == 2s);
  CHECK_FALSE(shutdown_policy{2s}.is_unset());
  CHECK_FALSE(shutdown_policy{2s}.is_brutal_kill());
  CHECK(shutdown_policy{0s} != shutdown_policy{otp::brutal_kill});
}

TEST_CASE("a shutdown time that does not fit into nanoseconds means infinity") {
  CHECK(shutdown_policy{std::chrono::hours::max()}.allowance() == otp::infinity);
}

TEST_CASE("overriding a spec replaces what is named and nothing else (V-009)") {
  const child_spec original{.id = "cache",
                            .start =
                                [] {
                                  return otp::pid{0, 1, 7};
                                },
                            .shutdown = otp::brutal_kill};
  const child_spec changed = original.with({.id = "second", .restart = otp::restart::transient});
  CHECK(changed.id == "second");
  CHECK(changed.restart == otp::restart::transient);
  CHECK(changed.shutdown == shutdown_policy{otp::brutal_kill});
  CHECK(changed.type == child_type::worker);
  CHECK(*changed.start() == otp::pid{0, 1, 7});
  CHECK(original.id == "cache");
}
