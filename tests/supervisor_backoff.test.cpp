// Supervisors that wait before restarts, in virtual time. The rules are tested in
// detail/restart_delay.test.cpp and detail/supervisor_delays.test.cpp; here it is shown that the
// processes follow them.
#include "support/catch.hpp"
#include "support/family.hpp"
#include <otp/dynamic_supervisor.hpp>
#include <otp/partition_supervisor.hpp>
#include <otp/supervisor.hpp>

#include <chrono>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace otp_test;
using otp::child_state;
using otp::dynamic_supervisor_spec;
using otp::strategy;
using otp::supervisor_spec;

namespace {

const otp::restart_backoff one_second{.base = 1s};
const otp::restart_backoff doubling{.base = 1s, .max = 4s, .reset_after = 1min};

// Tells the virtual time since it was made.
class stopwatch {
 public:
  std::string text() const {
    const auto passed = otp::this_runtime::now() - began_;
    return fmt::format("{}ms", std::chrono::duration_cast<std::chrono::milliseconds>(passed).count());
  }

 private:
  std::chrono::nanoseconds began_ = otp::this_runtime::now();
};

// Kids that say when they start.
std::vector<otp::child_spec> timed_kids(const family& home, const std::string& labels) {
  std::vector<otp::child_spec> specs;
  for (const char label : labels) {
    specs.push_back(kid_spec(home, std::string{label},
                             {.on_start = [home, since = stopwatch{}] { home.say(since.text()); }}));
  }
  return specs;
}

std::string_view name_of(child_state state) {
  switch (state) {
    case child_state::running:
      return "running";
    case child_state::stopped:
      return "stopped";
    case child_state::restarting:
      break;
  }
  return "restarting";
}

// The oldest first.
template <class Supervisor>
std::string states(const otp::server_ref<Supervisor>& sup) {
  std::string all;
  for (const auto& child : otp::which_children(sup)) {
    all = fmt::format("{} {}{}{}", child.id, name_of(child.state), all.empty() ? "" : ", ", all);
  }
  return all;
}

}  // namespace

TEST_CASE("without a backoff restarts follow one another at once (V-037)") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          otp::start_link(supervisor_spec{.children = timed_kids(home, "a")});
          home.plan("a", {fails_with("busy"s), fails_with("busy"s)});
          crash(born.up("a"));
          born.up("a");
          return home.told();
        }) == "0ms, a starts, a stops: boom, a fails, a fails, 0ms, a starts");
}

TEST_CASE("a supervisor waits before a restart and answers calls meanwhile") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              supervisor_spec{.backoff = one_second, .children = timed_kids(home, "ab")});
          crash(born.up("a"));
          otp::sleep(999ms);
          auto story = states(sup);
          otp::start_child(sup, kid_spec(home, "c")).value();
          born.up("a");
          return story + " / " + home.told() + " / " + states(sup);
        }) ==
        "a restarting, b running / 0ms, a starts, 0ms, b starts, a stops: boom, c starts, 1000ms, "
        "a starts / a running, b running, c running");
}

TEST_CASE("waits become longer up to their maximum, and short again after a quiet") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              supervisor_spec{.backoff = doubling, .children = kids(home, "a")});
          std::string waits;
          auto a = born.up("a");
          for (const auto pause : {0s, 0s, 0s, 0s, 60s, 0s}) {
            otp::sleep(pause);
            const stopwatch since;
            crash(a);
            a = born.up("a");
            waits += since.text() + " ";
          }
          return waits + states(sup);
        }) == "1000ms 2000ms 4000ms 4000ms 1000ms 2000ms a running");
}

TEST_CASE("terminate_child ends the wait, restart_child starts the child without one") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              supervisor_spec{.backoff = one_second, .children = timed_kids(home, "a")});
          crash(born.up("a"));
          otp::sleep(500ms);
          const bool refused =
              otp::restart_child(sup, "a").error().what == otp::refusal::restarting;
          otp::terminate_child(sup, "a").value();
          auto story = states(sup);
          otp::sleep(10s);
          story += ", " + states(sup);
          otp::restart_child(sup, "a").value();
          return fmt::format("{} {}, {} / {}", refused, story, states(sup), home.told());
        }) ==
        "true a stopped, a stopped, a running / 0ms, a starts, a stops: boom, 10500ms, a starts");
}

TEST_CASE("a supervisor that is told to stop while a child waits does so at once") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              supervisor_spec{.backoff = {.base = 1min}, .children = kids(home, "abc")});
          crash(born.up("b"));
          otp::sleep(1s);
          const stopwatch since;
          otp::exit(sup.pid(), otp::reason::shutdown);
          auto end = exit_heard(sup.pid());
          end += " after " + since.text();
          return end + " / " + home.told();
        }) ==
        "shutdown after 0ms / a starts, b starts, c starts, b stops: boom, c stops: shutdown, "
        "a stops: shutdown");
}

TEST_CASE("a group stops at once and starts in order after the wait") {
  const auto story = [](strategy how) {
    return simulated([how] {
      const family home;
      nursery born;
      const auto sup = otp::start_link(supervisor_spec{
          .strategy = how, .backoff = one_second, .children = timed_kids(home, "abc")});
      born.up("c");
      home.told();
      crash(born.up("b"));
      otp::sleep(500ms);
      auto meanwhile = states(sup);
      born.up("c");
      return meanwhile + " / " + home.told();
    });
  };
  CHECK(story(strategy::rest_for_one) ==
        "a running, b restarting, c stopped / b stops: boom, c stops: shutdown, 1000ms, b starts, "
        "1000ms, c starts");
  CHECK(story(strategy::one_for_all) ==
        "a stopped, b restarting, c stopped / b stops: boom, c stops: shutdown, a stops: shutdown, "
        "1000ms, a starts, 1000ms, b starts, 1000ms, c starts");
}

TEST_CASE("attempts that fail wait longer and longer, and count, until the supervisor gives up") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              supervisor_spec{.intensity = {.max_restarts = 2, .within = 1min},
                              .backoff = {.base = 1s, .max = 1h},
                              .children = kids(home, "ab")});
          home.plan("b", std::deque<start_plan>(10, fails_with("busy"s)));
          const stopwatch since;
          crash(born.up("b"));
          auto end = exit_heard(sup.pid());
          end += " after " + since.text();
          return end + " / " + home.told();
        }) ==
        "shutdown after 7000ms / a starts, b starts, b stops: boom, b fails, b fails, "
        "a stops: shutdown");
}

TEST_CASE("jitter is drawn from the runtime's chance, the same for the same seed") {
  const auto waits = [](std::uint64_t seed) {
    return simulated(seed, [] {
      const family home;
      nursery born;
      otp::start_link(supervisor_spec{.intensity = {.max_restarts = 100},
                                      .backoff = {.base = 1s, .jitter = 0.5},
                                      .children = kids(home, "a")});
      std::string all;
      auto a = born.up("a");
      for (int i = 0; i < 5; ++i) {
        const auto before = otp::this_runtime::now();
        crash(a);
        a = born.up("a");
        const auto wait = otp::this_runtime::now() - before;
        all += wait > 500ms && wait <= 1s ? fmt::format("{} ", wait.count()) : "wrong ";
      }
      return all;
    });
  };
  CHECK(waits(1) == waits(1));
  CHECK(waits(1) != waits(2));
  CHECK(waits(1).find("wrong") == std::string::npos);
}

TEST_CASE("a supervisor with a wrong backoff does not start") {
  CHECK(simulated([] {
          const auto refused = [](const otp::exit_reason& why) {
            const auto* wrong = why.get<otp::invalid_supervisor>();
            return wrong != nullptr && wrong->text.find(".base is missing") != std::string::npos;
          };
          otp::this_process::trap_exit(true);
          const otp::restart_backoff wrong{.max = 1s};
          return fmt::format(
              "{} {}",
              refused(otp::try_start_link(supervisor_spec{.backoff = wrong}).error().reason),
              refused(otp::try_start_link(dynamic_supervisor_spec{.backoff = wrong}).error().reason));
        }) == "true true");
}

TEST_CASE("dynamic children wait, and keep their places meanwhile") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto sup = otp::start_link(
              dynamic_supervisor_spec{.max_children = 2, .backoff = doubling});
          for (const auto& spec : timed_kids(home, "ab")) otp::start_child(sup, spec).value();
          const auto a = born.up("a");
          crash(a);
          otp::sleep(500ms);
          auto story = states(sup);
          const auto full = otp::start_child(sup, kid_spec(home, "c"));
          story += full.error().reason == otp::exit_reason{otp::refusal::max_children} ? ", full, " : ", ?";
          born.up("a");
          const auto b = born.up("b");
          crash(b);
          otp::sleep(500ms);
          otp::terminate_child(sup, b).value();
          otp::sleep(10s);
          return story + states(sup) + " / " + home.told();
        }) ==
        " restarting,  running, full,  running / 0ms, a starts, 0ms, b starts, a stops: boom, "
        "1000ms, a starts, b stops: boom");
}

TEST_CASE("partitions wait as their supervisor is told") {
  CHECK(simulated([] {
          const family home;
          nursery born;
          const auto specs = timed_kids(home, "ab");
          otp::start_link(otp::partition_supervisor_spec{
              .name = "shards",
              .partitions = 2,
              .child = [specs](std::size_t i) { return specs.at(i); },
              .backoff = one_second});
          crash(born.up("b"));
          born.up("b");
          return home.told();
        }) == "0ms, a starts, 0ms, b starts, b stops: boom, 1000ms, b starts");
}

// As in OTP: children of a supervisor that is killed end by their links, which may take a while, and
// hold their names until then.
TEST_CASE("a supervisor that is started again meets the names of orphans, unless it waits") {
  const auto story = [](otp::restart_backoff backoff) {
    return simulated([backoff] {
      const family home;
      nursery born;
      const kid_manners slow{.on_stop = [] { otp::sleep(100ms); }};
      const auto named = otp::child<kid>({.name = "x"}, home, "x"s, slow);
      const auto outer = otp::start_link(supervisor_spec{
          .backoff = backoff,
          .children = {otp::child(supervisor_spec{.name = "inner", .children = {named}})}});
      born.up("x");
      otp::exit(otp::whereis("inner"), otp::reason::kill);
      otp::sleep(1s);
      auto end = otp::is_alive(outer.pid()) ? states(outer) : exit_heard(outer.pid());
      return end + " / " + home.told();
    });
  };
  CHECK(story({}) == "shutdown / x starts, x stops: killed");
  CHECK(story({.base = 60ms, .max = 1s}) ==
        "inner running / x starts, x stops: killed, x starts");
}
