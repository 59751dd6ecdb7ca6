// Our port of scripts/agent_basics.exs, whose first lines say what happens in it.
// Rows
#include "conformance/harness.hpp"

#include <otp/agent.hpp>
#include <otp/task.hpp>

namespace conformance::agent_basics {

using number = otp::agent<int>;

int same(int n) { return n; }

OTP_SCENARIO(agent_basics) {
  const auto a = otp::start<number>([] { return 10; });
  say("main: get {}", otp::get(a, same));
  const auto where = otp::get(a, [](int) { return otp::this_process::self(); });
  say("main: runs in agent {}", where == a.pid());
  otp::update(a, [](int n) { return n + 5; });
  say("main: update ok");
  say("main: get_and_update {}",
      otp::get_and_update(a, [](int& n) { return std::exchange(n, n + 1); }));
  otp::cast(a, [](int n) { return n + 4; });
  say("main: cast ok");
  say("main: get {}", otp::get(a, same));

  std::vector<otp::task<>> adding;
  for (int i = 0; i < 10; ++i) {
    adding.push_back(otp::async([a] {
      for (int k = 0; k < 100; ++k) otp::update(a, [](int n) { return n + 1; });
    }));
  }
  otp::await_many(adding);
  say("main: get {}", otp::get(a, same));

  const auto failed = otp::try_start<number>([]() -> int { otp::exit(word("nope")); });
  say("main: start error {}", reason(failed.error().reason));
  otp::stop(a);
  say("main: stop ok");
  say("main: get {}", attempt([&] { return otp::get(a, same); }));
  otp::cast(a, same);
  say("main: cast ok");
}

}  // namespace conformance::agent_basics
