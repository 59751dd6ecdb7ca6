// Who is where: the decisions, without processes.
#include "presence/tracker.hpp"

#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace chatroom;
using presence::actions;
using presence::diff;
using presence::entries;
using presence::track_ref;
namespace track_action = presence::track_action;

namespace {

constexpr otp::pid first{1, 1};
constexpr otp::pid second{2, 2};
const presence::place ann{"room:1", "Ann"};
const presence::place bob{"room:1", "Bob"};

constexpr track_ref ref(std::uint64_t number) { return track_ref{number}; }

// Numbers are references, from 1 on.
std::string written(const entries& all) {
  std::string out;
  for (const auto& [key, metas] : all) {
    out += key;
    for (const auto& one : metas) {
      out += ' ' + std::to_string(static_cast<std::uint64_t>(one.ref)) + one.about;
    }
    out += ';';
  }
  return out;
}

std::string told(presence::tracker& by) {
  std::string out;
  for (const diff& one : by.take_changes()) {
    out += one.topic + " +" + written(one.joins) + " -" + written(one.leaves);
  }
  return out;
}

}  // namespace

TEST_CASE("[C-240] a track has a reference, is listed, told, and watched once for each process") {
  presence::tracker tracker{1};
  const auto one = tracker.track(first, ann, "a");
  CHECK(one.ref == ref(1));
  CHECK(one.steps == actions{track_action::tell_soon{}, track_action::watch{first}});
  CHECK(tracker.track(first, bob, "b").steps.empty());
  CHECK(tracker.track(second, ann, "c").steps == actions{track_action::watch{second}});
  CHECK(written(tracker.list("room:1")) == "Ann 1a 3c;Bob 2b;");
  CHECK(tracker.list("room:2").empty());
  CHECK(tracker.processes() == 2);
  CHECK(told(tracker) == "room:1 +Ann 1a 3c;Bob 2b; -");
  CHECK(told(tracker).empty());
}

TEST_CASE("[C-240] a process tracks a key once, and updates only what it tracks") {
  presence::tracker tracker{1};
  tracker.track(first, ann, "");
  CHECK_FALSE(tracker.track(first, ann, "").ref);
  CHECK_FALSE(tracker.update(second, ann, "").ref);
  CHECK_FALSE(tracker.update(first, {"room:2", "Ann"}, "").ref);
  CHECK(tracker.untrack(second, ann).empty());
  CHECK(written(tracker.list("room:1")) == "Ann 1;");
}

TEST_CASE("[C-240] an update gives a new reference and is a leave and a join") {
  presence::tracker tracker{1};
  tracker.track(first, ann, "here");
  told(tracker);
  const auto changed = tracker.update(first, ann, "away");
  CHECK(changed.ref == ref(2));
  CHECK(changed.steps == actions{track_action::tell_soon{}});
  CHECK(written(tracker.list("room:1")) == "Ann 2away;");
  CHECK(told(tracker) == "room:1 +Ann 2away; -Ann 1here;");
}

TEST_CASE("[C-240] an untrack is told at once; the last one ends the watch") {
  presence::tracker tracker{1};
  tracker.track(first, ann, "");
  tracker.track(first, bob, "");
  told(tracker);
  CHECK(tracker.untrack(first, ann) == actions{track_action::tell_soon{}});
  CHECK(tracker.untrack(first, bob) == actions{track_action::unwatch{first}});
  CHECK(told(tracker) == "room:1 + -Ann 1;Bob 2;");
  CHECK(tracker.list("room:1").empty());
  CHECK(tracker.processes() == 0);
}

TEST_CASE("[C-240] whoever came and went between two pieces of news was never there") {
  presence::tracker tracker{1};
  tracker.track(first, ann, "");
  tracker.untrack(first, ann);
  CHECK(told(tracker).empty());
}

TEST_CASE("[C-033] who is gone stays for a time of grace, then leaves") {
  presence::tracker tracker{1};
  tracker.track(first, ann, "");
  told(tracker);
  CHECK(tracker.gone(first) == actions{track_action::wait_for_return{ann, ref(1)}});
  CHECK(tracker.gone(first).empty());
  CHECK(written(tracker.list("room:1")) == "Ann 1;");
  CHECK(told(tracker).empty());
  CHECK(tracker.grace_over(ann, ref(1)) == actions{track_action::tell_soon{}});
  CHECK(told(tracker) == "room:1 + -Ann 1;");
  CHECK(tracker.list("room:1").empty());
  CHECK(tracker.grace_over(ann, ref(1)).empty());
}

TEST_CASE("[C-033] who comes in the time of grace takes the place: as many as before") {
  presence::tracker tracker{1};
  tracker.track(first, ann, "");
  told(tracker);
  tracker.gone(first);
  CHECK(tracker.track(second, ann, "").ref == ref(2));
  CHECK(written(tracker.list("room:1")) == "Ann 2;");
  CHECK(told(tracker) == "room:1 +Ann 2; -Ann 1;");
  CHECK(tracker.grace_over(ann, ref(1)).empty());
  CHECK(written(tracker.list("room:1")) == "Ann 2;");
}

TEST_CASE("[C-033] each place is taken once: three are gone and two come, so one leaves") {
  presence::tracker tracker{1};
  const std::vector<otp::pid> tabs{{1, 1}, {2, 2}, {3, 3}};
  for (const otp::pid& tab : tabs) tracker.track(tab, ann, "");
  told(tracker);
  for (const otp::pid& tab : tabs) tracker.gone(tab);
  tracker.track({4, 4}, ann, "");
  tracker.track({5, 5}, ann, "");
  CHECK(tracker.list("room:1").at("Ann").size() == 3);
  for (std::uint64_t number = 1; number <= 3; ++number) tracker.grace_over(ann, ref(number));
  CHECK(written(tracker.list("room:1")) == "Ann 4 5;");
}
