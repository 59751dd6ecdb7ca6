// Our port of scripts/proc_last_words_order.exs, whose first lines say what happens in it.
// Rows: P-016, P-017, P-063, P-064
#include "conformance/harness.hpp"

#include <algorithm>
#include <array>

namespace conformance::proc_last_words_order {

struct go {};
struct observer_ready {};
struct msg {
  int number;
};

std::string next() {
  return otp::receive([](msg m) { return fmt::format("message {}", m.number); },
                      [](otp::exited e) { return "exit " + reason(e.reason); },
                      [](otp::down d) { return "down " + reason(d.reason); },
                      otp::after(0s, [] { return std::string{"nothing"}; }));
}

OTP_SCENARIO(proc_last_words_order) {
  otp::this_process::trap_exit(true);
  const auto me = otp::this_process::self();
  const auto child = otp::spawn_link([me] {
    await<go>();
    for (int i = 1; i <= 3; ++i) otp::send(me, msg{i});
    otp::exit(word("bye"));
  });
  otp::monitor(child);
  otp::spawn([me, child] {
    otp::monitor(child);
    otp::send(child, go{});
    await<otp::down>();
    otp::sleep(30ms);
    otp::send(me, observer_ready{});
  });
  await<observer_ready>();
  for (int i = 0; i < 3; ++i) say("main: {}", next());
  std::array<std::string, 2> last{next(), next()};
  std::sort(last.begin(), last.end());
  for (const auto& each : last) say("main: {}", each);
  say("main: {}", next());
}

}  // namespace conformance::proc_last_words_order
