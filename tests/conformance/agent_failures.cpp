// Our port of scripts/agent_failures.exs, whose first lines say what happens in it.
// Rows
#include "conformance/harness.hpp"

#include <otp/agent.hpp>

namespace conformance::agent_failures {

using number = otp::agent<int>;

struct go {};
struct started {
  otp::server_ref<number> agent;
};

int bad_fun(int) { throw std::runtime_error{word("bad fun")}; }

OTP_SCENARIO(agent_failures) {
  const auto me = otp::this_process::self();
  const auto a = otp::start<number>([] { return 1; });
  const auto slow = [](int n) {
    await<go>();
    return n + 1;
  };
  say("main: update {}", attempt([&] { otp::update(a, slow, 40ms); }));
  otp::send(a.pid(), go{});
  say("main: get {}", otp::get(a, [](int n) { return n; }));
  otp::monitor(a.pid());
  say("main: get {}", attempt([&] { return otp::get(a, bad_fun); }));
  say("main: agent down {}", reason(await<otp::down>().reason));

  const auto owner = otp::spawn([me] {
    otp::send(me, started{otp::start_link<number>([] { return 0; })});
    sleep_for_ever();
  });
  const auto b = await<started>().agent;
  otp::monitor(owner);
  attempt([&] { return otp::get(b, bad_fun); });
  say("main: owner died {}", reason(await<otp::down>().reason));
}

}  // namespace conformance::agent_failures
