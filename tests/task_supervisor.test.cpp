// Tasks as children of a supervisor: what they end with, and who may end them. What they have in
// common with other tasks is in task.test.cpp.
#include "support/catch.hpp"
#include "support/scripted.hpp"
#include <otp/task_supervisor.hpp>

#include <stdexcept>
#include <string>
#include <utility>

using namespace otp_test;

namespace {

/// What a supervised task that runs `body` is seen to end with.
template <class Body>
std::string outcome_of(Body body) {
  const auto tasks = otp::start(otp::task_supervisor_spec{});
  const auto t = otp::async_nolink(tasks, std::move(body));
  const auto outcome = t.yield();
  if (!outcome) return "nothing";
  return *outcome ? "a value" : outcome->error().to_string();
}

}  // namespace

TEST_CASE("a task ends with its exception, whatever that is, or with the reason of its exit",
          "[K-013]") {
  CHECK(always([] {
          return outcome_of([]() -> int { throw std::runtime_error{"oops"}; });
        }) == "std::runtime_error: oops");
  CHECK(always([] { return outcome_of([]() -> int { throw 42; }); }) == "int");
  CHECK(always([] { return outcome_of([]() -> int { otp::exit("gone"s); }); }) == "gone");
}

TEST_CASE("only the owner of a supervised task may wait for it", "[K-006]") {
  CHECK(always([] {
          const auto tasks = otp::start(otp::task_supervisor_spec{});
          const auto t = otp::async(tasks, [] {
            await_go();
            return 5;
          });
          auto story = in(puppet(), [t] {
            std::string refused;
            for (const bool await : {true, false}) {
              try {
                if (await) t.await();
                if (!await) static_cast<void>(t.yield());
              } catch (const std::invalid_argument&) {
                refused += "refused ";
              }
            }
            return refused;
          });
          let_go(t.pid());
          return story + fmt::to_string(t.await());
        }) == "refused refused 5");
}

TEST_CASE("a supervised task can be terminated once: its owner hears of it", "[K-012]") {
  CHECK(always([] {
          const auto tasks = otp::start(otp::task_supervisor_spec{});
          const auto t = otp::async_nolink(tasks, await_go);
          const bool ended = otp::terminate_child(tasks, t.pid()).has_value();
          const auto again = otp::terminate_child(tasks, t.pid());
          return fmt::format("{} {} {}", ended, t.yield()->error(), again.error().what);
        }) == "true shutdown not_found");
}
