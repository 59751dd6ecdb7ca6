// Our port of scripts/telemetry_span.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"
#include <otp/telemetry.hpp>

#include <algorithm>

namespace conformance::telemetry_span {

struct context {
  std::string value;
};

std::string keys(const otp::fields& all) {
  std::vector<std::string> names;
  for (const auto& [key, value] : all) names.emplace_back(key.text());
  std::sort(names.begin(), names.end());
  return fmt::format("{}", fmt::join(names, ","));
}

std::string listed(const otp::fields& all) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : all) {
    if (key.text() == "telemetry_span_context") continue;
    auto text = value.to_string();
    // The trace does not have the name of the class.
    if (const auto at = text.rfind(": "); at != std::string::npos) {
      text = fmt::format("error({})", text.substr(at + 2));
    }
    parts.push_back(fmt::format("{}={}", key.text(), text));
  }
  std::sort(parts.begin(), parts.end());
  return fmt::format("{{{}}}", fmt::join(parts, ","));
}

OTP_SCENARIO(telemetry_span) {
  const auto main = otp::this_process::self();
  const auto on = [main](const otp::telemetry_event& event) {
    otp::send(main, context{event.metadata.find("telemetry_span_context")->to_string()});
    say("{} measures {} meta {}", event.name.text(), keys(event.measurements),
        listed(event.metadata));
  };
  otp::telemetry::current().attach_many("h", {"w.start", "w.stop", "w.exception"}, on);
  const otp::fields in{{"in", 1}};
  say("result {}", otp::telemetry::span("w", in, [](otp::span_stop& stop) {
        stop.metadata = {{"out", 2}};
        return 42;
      }));
  const auto first = await<context>().value;
  const auto second = await<context>().value;
  say("same context {}", first == second);
  say("result {}", otp::telemetry::span("w", in, [](otp::span_stop& stop) {
        stop.measurements = {{"size", 9}};
        stop.metadata = {{"out", 2}};
        return 43;
      }));
  try {
    otp::telemetry::span("w", in, [] { throw std::runtime_error{word("oops")}; });
  } catch (const std::runtime_error& error) {
    say("caught error {}", error.what());
  }
  try {
    otp::telemetry::span("w", in, [] { otp::exit(word("gone")); });
  } catch (const otp::exit_error& error) {
    say("caught exit {}", reason(error.reason()));
  }
}

}  // namespace conformance::telemetry_span
