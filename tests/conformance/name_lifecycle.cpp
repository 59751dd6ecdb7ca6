// Our port of scripts/name_lifecycle.exs, whose first lines say what happens in it.
// Rows: P-106, P-107, P-109, P-110, P-111, P-112, P-113, P-114, P-115
#include "conformance/harness.hpp"

namespace conformance::name_lifecycle {

struct ping {};
struct pong {};
struct stop {};

otp::pid make(std::string label) {
  return otp::spawn([label = std::move(label), me = otp::this_process::self()] {
    bool goes_on = true;
    while (goes_on) {
      otp::receive(
          [&](ping) {
            say("{}: ping", label);
            otp::send(me, pong{});
          },
          [&](stop) { goes_on = false; });
    }
  });
}

std::string registering(const otp::pid& who) {
  return attempt([&] {
    otp::register_name("svc", who);
    return true;
  });
}

std::string unregistering() {
  return attempt([] {
    otp::unregister_name("svc");
    return true;
  });
}

template <class To>
std::string sending(const To& to) {
  return attempt([&] {
    otp::send(to, ping{});
    return "sent";
  });
}

OTP_SCENARIO(name_lifecycle) {
  const auto first = make(word("first"));
  const auto second = make(word("second"));
  say("main: register {} {}", word("first"), registering(first));
  say("main: register {} {}", word("second"), registering(second));
  say("main: svc is {} {}", word("first"), otp::whereis("svc") == first);
  otp::send("svc", ping{});
  await<pong>();
  say("main: send to unknown name {}", sending("no_such_svc"));
  otp::monitor(first);
  otp::send("svc", stop{});
  const auto end = await<otp::down>();
  say("main: {} down {}, name free {}", word("first"), reason(end.reason), !otp::whereis("svc"));
  say("main: send to dead process {}", sending(first));
  say("main: register {} {}", word("second"), registering(second));
  otp::send("svc", ping{});
  await<pong>();
  say("main: unregister {}", unregistering());
  say("main: {} alive {}", word("second"), otp::is_alive(second));
  say("main: unregister again {}", unregistering());
  say("main: register dead {}", registering(first));
}

}  // namespace conformance::name_lifecycle
