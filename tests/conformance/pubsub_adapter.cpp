// Our port of scripts/pubsub_adapter.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"
#include <otp/gen_server.hpp>
#include <otp/pubsub.hpp>

#include <memory>

namespace conformance::pubsub_adapter {

class adapter : public otp::pubsub_adapter {
 public:
  std::string node_name() const override { return word("here"); }
  otp::result<void> broadcast(std::string_view topic, const otp::pubsub_message& message) override {
    const auto& text = *message.get<std::string>();
    say("adapter broadcast {} {}", topic, text);
    if (text == word("bad")) return otp::failure{otp::exit_reason{word("down")}};
    return {};
  }
  otp::result<void> direct_broadcast(std::string_view node, std::string_view topic,
                                     const otp::pubsub_message& message) override {
    say("adapter direct {} {} {}", node, topic, *message.get<std::string>());
    return {};
  }
};

OTP_SCENARIO(pubsub_adapter) {
  const auto bus =
      otp::start<otp::pubsub>({.name = "bus"}, std::shared_ptr<otp::pubsub_adapter>{new adapter});
  otp::subscribe(bus, "t");
  const auto got = [] {
    otp::receive([](const otp::shared<std::string>& m) { say("got {}", *m); },
                 otp::after(0ms, [] { say("got nothing"); }));
  };
  const auto shared = [](std::string_view m) { return otp::make_shared<std::string>(word(m)); };
  const auto told = [](const otp::result<void>& sent) {
    return sent ? "ok" : fmt::format("error({})", reason(sent.error()));
  };
  say("broadcast {}", told(otp::try_broadcast(bus, "t", shared("good"))));
  got();
  say("broadcast {}", told(otp::try_broadcast(bus, "t", shared("bad"))));
  got();
  const auto raising = attempt([&] { otp::broadcast(bus, "t", shared("bad")); });
  say("raising form {}", raising == "value ok" ? "does not raise" : "raises");
  otp::local_broadcast(bus, "t", shared("bad"));
  say("local ok");
  got();
  say("direct {}", told(otp::direct_broadcast(bus, "elsewhere", "t", shared("m"))));
  got();
  say("node {}", otp::node_name(bus));
}

}  // namespace conformance::pubsub_adapter
