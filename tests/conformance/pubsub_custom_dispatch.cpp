// Our port of scripts/pubsub_custom_dispatch.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"
#include <otp/gen_server.hpp>
#include <otp/pubsub.hpp>

#include <algorithm>
#include <span>

namespace conformance::pubsub_custom_dispatch {

OTP_SCENARIO(pubsub_custom_dispatch) {
  const auto bus = otp::start<otp::pubsub>({.name = "bus"});
  const auto main = otp::this_process::self();
  const auto shared = [](std::string_view m) { return otp::make_shared<std::string>(word(m)); };
  const auto dispatch = [main](std::span<const otp::subscriber> entries, const otp::pid& from,
                               const otp::shared<std::string>& message) {
    std::vector<std::string> metas;
    for (const auto& each : entries) {
      const auto* meta = each.metadata.get<std::string>();
      metas.push_back(meta == nullptr ? "nil" : *meta);
    }
    std::sort(metas.begin(), metas.end());
    say("dispatch {} metas {} from {} in caller {}", *message, fmt::join(metas, ","),
        from ? "process" : "none", otp::this_process::self() == main);
  };
  const auto ok = [](const otp::result<void>& sent) { return sent ? "ok" : "error"; };
  say("nobody {}", ok(otp::try_broadcast(bus, "t", shared("m0"), dispatch)));
  otp::subscribe(bus, "t", word("fast"));
  otp::subscribe(bus, "t");
  say("broadcast {}", ok(otp::try_broadcast(bus, "t", shared("m1"), dispatch)));
  say("from {}", ok(otp::try_broadcast(bus, "t", shared("m2"), dispatch, main)));
  otp::local_broadcast(bus, "t", shared("m3"), dispatch);
  say("local ok");
  otp::receive([](const otp::shared<std::string>& m) { say("got {}", *m); },
               otp::after(0ms, [] { say("nothing delivered by default"); }));
}

}  // namespace conformance::pubsub_custom_dispatch
