// Our port of scripts/pubsub_duplicates_and_death.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"
#include <otp/gen_server.hpp>
#include <otp/pubsub.hpp>

namespace conformance::pubsub_duplicates_and_death {

struct ready {};
struct relayed {};

OTP_SCENARIO(pubsub_duplicates_and_death) {
  const auto bus = otp::start<otp::pubsub>({.name = "bus"});
  const auto main = otp::this_process::self();
  const auto received = [] {
    int n = 0;
    while (otp::receive([](const otp::shared<std::string>&) { return true; },
                        otp::after(0ms, [] { return false; }))) {
      ++n;
    }
    return n;
  };
  otp::subscribe(bus, "t");
  otp::subscribe(bus, "t");
  otp::broadcast(bus, "t", word("m"));
  say("received {}", received());
  otp::unsubscribe(bus, "t");
  otp::broadcast(bus, "t", word("m"));
  say("received {}", received());
  const auto p = otp::spawn([bus, main] {
    otp::subscribe(bus, "t");
    otp::send(main, ready{});
    await<otp::shared<std::string>>();
    otp::send(main, relayed{});
    sleep_for_ever();
  });
  await<ready>();
  otp::broadcast(bus, "t", word("m"));
  await<relayed>();
  say("subscriber relayed");
  say("subscribers {}", otp::subscribers(bus, "t").size());
  otp::exit(p, otp::reason::kill);
  while (!otp::subscribers(bus, "t").empty()) otp::sleep(2ms);
  say("subscribers {}", otp::subscribers(bus, "t").size());
  say("broadcast {}",
      otp::try_broadcast(bus, "t", otp::make_shared<std::string>(word("m"))) ? "ok" : "error");
}

}  // namespace conformance::pubsub_duplicates_and_death
