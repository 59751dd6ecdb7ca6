// Agents: a value that is read and changed by functions, and what becomes of failing and slow ones.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/agent.hpp>
#include <otp/task.hpp>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

using namespace otp_test;
using otp::this_process::self;
using otp::this_process::trap_exit;

namespace {

using number = otp::agent<int>;

int same(int n) { return n; }

otp::server_ref<number> start_with(int n) {
  return otp::start<number>([n] { return n; });
}

/// The reason of a failed request without the pid: "get: boom".
template <class Work>
std::string failure_of(Work work) {
  try {
    work();
  } catch (const otp::exit_error& error) {
    const auto* const call = error.reason().get<otp::call_info>();
    return fmt::format("{}: {}", call->message, call->inner);
  }
  return "no failure";
}

}  // namespace

TEST_CASE("the state of an agent is what its first function returns", "[A-001]") {
  CHECK(always([] { return otp::get(start_with(10), same); }) == "10");
}

TEST_CASE("an agent whose first function fails does not start", "[A-001]") {
  CHECK(always([] {
          const auto started = otp::try_start<number>([]() -> int { otp::exit("nope"s); });
          return started.error().reason;
        }) == "nope");
}

TEST_CASE("get runs its function in the agent and changes nothing", "[A-002]") {
  CHECK(always([] {
          const auto a = start_with(10);
          const auto where = otp::get(a, [](int) { return self(); });
          const auto twice = otp::get(a, [](const int& n) { return 2 * n; });
          return fmt::format("{} {} {}", where == a.pid(), twice, otp::get(a, same));
        }) == "true 20 10");
}

TEST_CASE("update changes the state, in place or to what its function returns", "[A-003]") {
  CHECK(always([] {
          const auto a = start_with(10);
          otp::update(a, [](int n) { return n + 5; });
          otp::update(a, [](int& n) { n *= 2; });
          return otp::get(a, same);
        }) == "30");
}

TEST_CASE("get_and_update gives one value and leaves another", "[A-004]") {
  CHECK(always([] {
          const auto a = start_with(15);
          const int old = otp::get_and_update(a, [](int& n) { return std::exchange(n, n + 1); });
          return fmt::format("{} {}", old, otp::get(a, same));
        }) == "15 16");
}

TEST_CASE("cast never fails, and is done before what the caller asks next", "[A-005]") {
  CHECK(always([] {
          const auto a = start_with(16);
          otp::cast(a, [](int& n) { n += 4; });
          const int seen = otp::get(a, same);
          otp::stop(a);
          otp::cast(a, [](int& n) { n += 4; });
          return seen;
        }) == "20");
}

TEST_CASE("a function that throws ends the agent and fails its caller", "[A-006]") {
  CHECK(always([] {
          const auto a = start_with(1);
          otp::monitor(a.pid());
          auto text = failure_of([&] {
            otp::get(a, [](int) -> int { throw std::runtime_error{"bad fun"}; });
          });
          text += ", " + hear();
          const auto b = start_with(1);
          text += ", " + failure_of([&] {
            otp::update(b, [](int&) { throw std::runtime_error{"bad fun"}; });
          });
          return text;
        }) == "get: std::runtime_error: bad fun, down std::runtime_error: bad fun, "
              "update: std::runtime_error: bad fun");
}

TEST_CASE("a function that is slower than the caller's patience is done all the same", "[A-007]") {
  CHECK(always([] {
          const auto a = start_with(1);
          auto text = failure_of([&] {
            otp::update(a,
                        [](int& n) {
                          await_go();
                          ++n;
                        },
                        1ms);
          });
          let_go(a.pid());
          return text + ", " + fmt::to_string(otp::get(a, same));
        }) == "update: timeout, 2");
}

TEST_CASE("no update of many processes is lost", "[A-008]") {
  CHECK(always([] {
          const auto a = start_with(0);
          std::vector<otp::task<>> all;
          for (int i = 0; i < 10; ++i) {
            all.push_back(otp::async([a] {
              for (int n = 0; n < 100; ++n) otp::update(a, [](int& count) { ++count; });
            }));
          }
          otp::await_many(all, 1h);
          return otp::get(a, same);
        }) == "1000");
}

TEST_CASE("an agent has a name, and is stopped, as any server", "[A-009]") {
  CHECK(always([] {
          const auto a = otp::start<number>({.name = "n"}, [] { return 3; });
          const otp::name<number> n{"n"};
          auto text = fmt::to_string(otp::get(n, same));
          const auto second = otp::try_start<number>({.name = "n"}, [] { return 4; });
          text += second.error().reason == otp::already_started{a.pid()} ? " taken " : " free ";
          otp::stop(n);
          text += failure_of([&] { otp::get(n, same); });
          return text;
        }) == "3 taken get: noproc");
}

TEST_CASE("the state may be of any type that can be moved", "[A-003]") {
  CHECK(always([] {
          using words = otp::agent<std::vector<std::string>>;
          const auto a = otp::start<words>([] { return std::vector{"a"s}; });
          otp::update(a, [w = "b"s](std::vector<std::string>& all) { all.push_back(w); });
          return otp::get(a, [](const std::vector<std::string>& all) { return all.back(); });
        }) == "b");
}
