// The supervisor's state machine against a second, independent account of the same rules: random
// sequences of events have to leave the same trace. What a difference would look like is shown with
// machines that are wrong on purpose. `scripts/sequences` plays a million.
#include "detail/supervisor_duel.hpp"
#include "support/catch.hpp"
#include <otp/detail/supervisor_fsm.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

using namespace supervision_test;
using otp::detail::supervisor_fsm;
using otp_test::first_difference;

namespace {

// Takes the late exit message of a former process for the end of the child's new one (V-033).
class forgets_who_ended : public supervisor_fsm {
 public:
  using supervisor_fsm::supervisor_fsm;

  std::span<const supervision::action> decide(const supervision::event& what) {
    for (const otp::child_info& each : which_children()) former_[each.process] = each.id;
    const auto* const exited = std::get_if<supervision::child_exited>(&what);
    if (exited == nullptr) return supervisor_fsm::decide(what);
    supervision::child_exited taken_for = *exited;
    for (const otp::child_info& each : which_children()) {
      if (each.process && each.id == former_[exited->process]) taken_for.process = each.process;
    }
    return supervisor_fsm::decide(taken_for);
  }

 private:
  std::map<pid, std::string> former_;
};

// Allows one restart more than it should (V-043).
class allows_one_more : public supervisor_fsm {
 public:
  explicit allows_one_more(otp::supervisor_spec spec) : supervisor_fsm{more(std::move(spec))} {}

 private:
  static otp::supervisor_spec more(otp::supervisor_spec spec) {
    ++spec.intensity.max_restarts;
    return spec;
  }
};

// Goes on trying a restart that somebody has ended with terminate_child (V-065).
class retries_what_was_terminated : public supervisor_fsm {
 public:
  using supervisor_fsm::supervisor_fsm;

  std::span<const supervision::action> decide(const supervision::event& what) {
    const auto* const ended = std::get_if<supervision::terminate_child>(&what);
    for (const otp::child_info& each : which_children()) {
      if (ended == nullptr || each.id != ended->id) continue;
      if (each.state == otp::child_state::restarting) {
        done_ = {supervision::reply{pid{}}};
        return done_;
      }
    }
    return supervisor_fsm::decide(what);
  }

 private:
  std::vector<supervision::action> done_;
};

template <class Machine>
auto hunt(std::uint64_t by_default) {
  return first_difference<supervisor_sequence>("supervisor", by_default, difference<Machine>);
}

template <class Machine>
std::string smallest_story() {
  const auto found = hunt<Machine>(3000);
  REQUIRE(found);
  CHECK(found->original.size() > 30);
  CHECK(found->smallest.size() <= 6);
  return story<Machine>(found->smallest);
}

}  // namespace

TEST_CASE("the state machine and the reference agree on random sequences of events") {
  const auto found = hunt<supervisor_fsm>(3000);
  if (found) FAIL(found->summary() << "\n" << story<supervisor_fsm>(found->smallest));
}

TEST_CASE("random sequences are of every kind", "[V-025][V-026][V-027]") {
  otp_test::sequence_mix mix;
  for (std::uint64_t seed = 1; seed <= 1000; ++seed) {
    REQUIRE_FALSE(difference<supervisor_fsm>(supervisor_sequence::random(seed), &mix));
  }
  for (const char* const kind :
       {"event: start_child", "event: terminate_child", "event: restart_child",
        "event: delete_child", "event: exit", "event: retry", "event: time passes", "event: stop",
        "exit: of a child", "exit: of a child, while another one waits for a retry",
        "exit: late, of a former process", "exit: of nobody", "retry: tries again",
        "result: a restart or boot fails", "result: a child stops not as asked",
        "result: a restart, one_for_one", "result: a restart, one_for_all",
        "result: a restart, rest_for_one", "end: too many restarts", "end: a roll-back",
        "end: a stop", "end: significant children are gone"}) {
    INFO(kind << "\n" << mix.table());
    CHECK(mix.of(kind) >= 50);
  }
}

TEST_CASE("a planted fault is found and shrunk: a late exit message restarts again", "[V-033]") {
  CHECK(smallest_story<forgets_who_ended>() ==
        R"(one_for_one; children: a
  1. boot
      start a
      report progress a normal
  2. exit: a ends with boom
      report child_terminated a boom
      start a
      report progress a normal
  3. late exit: the process of a that was 1 before the latest ended with boom
    the machine:
      report child_terminated a boom
      start a
      report progress a normal
      then has a (running)
    the reference:
      then has a (running)
)");
}

TEST_CASE("a planted fault is found and shrunk: one restart too many is allowed", "[V-043]") {
  CHECK(smallest_story<allows_one_more>() ==
        R"(one_for_one, at most 0 restarts in 1 ns; children: a
  1. boot
      start a
      report progress a normal
  2. exit: a ends with boom
    the machine:
      report child_terminated a boom
      start a
      report progress a normal
      then has a (running)
    the reference:
      report child_terminated a boom
      report shutdown a reached_max_restart_intensity
      finish shutdown
      then has a (stopped)
)");
}

TEST_CASE("a planted fault is found and shrunk: a retry outlives terminate_child", "[V-065]") {
  CHECK(smallest_story<retries_what_was_terminated>() ==
        R"(one_for_one; children: a
  1. boot
      start a
      report progress a normal
  2. exit: a ends with boom; then a child: fails to start
      report child_terminated a boom
      start a fails busy
      report start_error a busy
  3. terminate_child a
    the machine:
      reply ok
      then has a (restarting)
    the reference:
      reply ok
      then has a (stopped)
)");
}
