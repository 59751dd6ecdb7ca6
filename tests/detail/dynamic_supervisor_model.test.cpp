// The dynamic supervisor's state machine against a second, independent account of the same rules,
// as in supervisor_model.test.cpp. `scripts/sequences` plays a million.
#include "detail/dynamic_supervisor_duel.hpp"
#include "support/catch.hpp"
#include <otp/detail/dynamic_supervisor_fsm.hpp>

#include <cstddef>
#include <cstdint>
#include <string>

using namespace supervision_test;
using otp::detail::dynamic_supervisor_fsm;
using otp_test::first_difference;

namespace {

// Takes one child more than it may (D-005).
class takes_one_more : public dynamic_supervisor_fsm {
 public:
  takes_one_more(std::size_t max_children, const otp::restart_intensity& intensity)
      : dynamic_supervisor_fsm{max_children + 1, intensity} {}
};

template <class Machine>
auto hunt(std::uint64_t by_default) {
  return first_difference<dynamic_sequence>("dynamic supervisor", by_default, difference<Machine>);
}

}  // namespace

TEST_CASE("the dynamic machine and its reference agree on random sequences of events") {
  const auto found = hunt<dynamic_supervisor_fsm>(2000);
  if (found) FAIL(found->summary() << "\n" << story<dynamic_supervisor_fsm>(found->smallest));
}

TEST_CASE("random sequences for dynamic supervisors are of every kind", "[D-009][D-011][D-013]") {
  otp_test::sequence_mix mix;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    REQUIRE_FALSE(difference<dynamic_supervisor_fsm>(dynamic_sequence::random(seed), &mix));
  }
  for (const char* const kind :
       {"event: start_child", "event: terminate_child", "event: exit", "event: late exit",
        "event: retry", "event: time passes", "event: stop", "event: exit, while it ends",
        "event: late exit, while it ends", "event: time is up, while it ends",
        "exit: of one that waits for a retry", "terminate_child: of one that waits for a retry",
        "result: a restart", "result: a restart fails", "result: a child stops not as asked",
        "end: too many restarts", "end: a stop"}) {
    INFO(kind << "\n" << mix.table());
    CHECK(mix.of(kind) >= 50);
  }
}

TEST_CASE("a planted fault is found and shrunk: one child more than max_children", "[D-005]") {
  const auto found = hunt<takes_one_more>(2000);
  REQUIRE(found);
  CHECK(found->original.size() > 30);
  CHECK(found->smallest.size() == 1);
  CHECK(story<takes_one_more>(found->smallest) == R"(a dynamic supervisor, max_children 0
  1. start_child
    the machine:
      start p1
      then has p1
    the reference:
      then has no children
)");
}
