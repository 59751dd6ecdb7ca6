// Our port of scripts/telemetry_failing_handler.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"
#include <otp/telemetry.hpp>

namespace conformance::telemetry_failing_handler {

struct ball {};

/// What was thrown, without the name of its class, which the trace does not have.
std::string text_of(const otp::field_value& value) {
  const auto all = value.to_string();
  if (all.find("ball") != std::string::npos) return "ball";
  const auto at = all.rfind(": ");
  return at == std::string::npos ? all : fmt::format("error({})", all.substr(at + 2));
}

OTP_SCENARIO(telemetry_failing_handler) {
  auto& table = otp::telemetry::current();
  const auto bad = word("bad");
  otp::telemetry::attach(
      "watch", "telemetry.handler.failure", [](const otp::telemetry_event& event) {
        say("failure event handler={} event={} kind={} reason={}",
            *event.metadata.find("handler_id"), *event.metadata.find("event_name"),
            *event.metadata.find("kind"), text_of(*event.metadata.find("reason")));
      });
  const auto with = [&](std::string_view mode, otp::telemetry_handler fails) {
    table.attach_many(bad, {"e", "e2"}, std::move(fails));
    otp::telemetry::attach("good", "e", [](const otp::telemetry_event&) { say("good runs"); });
    otp::telemetry::execute("e", {}, {});
    say("execute {} ok", mode);
    say("left on e {}, on e2 {}", table.list("e").size(), table.list("e2").size());
    otp::telemetry::execute("e", {}, {});
    say("execute again ok");
    otp::telemetry::detach("good");
  };
  with("raise", [](const otp::telemetry_event&) { throw std::runtime_error{word("oops")}; });
  with("exit", [](const otp::telemetry_event&) { otp::exit(word("gone")); });
  with("throw", [](const otp::telemetry_event&) { throw ball{}; });
}

}  // namespace conformance::telemetry_failing_handler
