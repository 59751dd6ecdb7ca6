// Our port of scripts/pubsub_basic.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"
#include <otp/gen_server.hpp>
#include <otp/pubsub.hpp>

namespace conformance::pubsub_basic {

template <class F>
std::string attempted(F work) {
  const auto outcome = attempt(std::move(work));
  return outcome == "value ok" ? "ok" : "raises";
}

OTP_SCENARIO(pubsub_basic) {
  const auto bus = otp::start<otp::pubsub>({.name = "bus"});
  const std::string t = "t";
  const auto got = [] {
    otp::receive([](const otp::shared<std::string>& m) { say("main got {}", *m); },
                 otp::after(0ms, [] { say("main got nothing"); }));
  };
  const auto shared = [](std::string_view m) { return otp::make_shared<std::string>(word(m)); };
  say("broadcast to nobody {}", attempted([&] { otp::broadcast(bus, t, shared("m0")); }));
  say("subscribe {}", attempted([&] { otp::subscribe(bus, t); }));
  say("broadcast {}", attempted([&] { otp::broadcast(bus, t, shared("m1")); }));
  got();
  say("other topic {}", attempted([&] { otp::broadcast(bus, "u", shared("m2")); }));
  got();
  say("local {}", attempted([&] { otp::local_broadcast(bus, t, shared("m3")); }));
  got();
  const auto self = otp::this_process::self();
  say("from self {}", attempted([&] { otp::broadcast_from(bus, self, t, shared("m4")); }));
  got();
  const auto other = otp::spawn([] {});
  say("from other {}", attempted([&] { otp::broadcast_from(bus, other, t, shared("m5")); }));
  got();
  say("unsubscribe {}", attempted([&] { otp::unsubscribe(bus, t); }));
  say("broadcast {}", attempted([&] { otp::broadcast(bus, t, shared("m6")); }));
  got();
  say("unsubscribe again {}", attempted([&] { otp::unsubscribe(bus, t); }));
  const otp::name<otp::pubsub> nobody{"no_such_bus"};
  say("not started {}", attempted([&] { otp::broadcast(nobody, t, shared("m")); }));
}

}  // namespace conformance::pubsub_basic
