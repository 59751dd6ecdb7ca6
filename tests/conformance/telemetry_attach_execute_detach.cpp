// Our port of scripts/telemetry_attach_execute_detach.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"
#include <otp/telemetry.hpp>

#include <algorithm>

namespace conformance::telemetry_attach_execute_detach {

std::string listed(const otp::fields& all) {
  std::vector<std::string> parts;
  for (const auto& [key, value] : all) parts.push_back(fmt::format("{}={}", key.text(), value));
  std::sort(parts.begin(), parts.end());
  return fmt::format("{{{}}}", fmt::join(parts, ","));
}

OTP_SCENARIO(telemetry_attach_execute_detach) {
  const auto main = otp::this_process::self();
  const auto on = [main](const otp::telemetry_event& event) {
    say("{} sees {} {} {} in caller {}", event.config, event.name.text(),
        listed(event.measurements), listed(event.metadata), otp::this_process::self() == main);
  };
  const auto attached = [](bool done) { return done ? "ok" : "error(already_exists)"; };
  const auto detached = [](bool done) { return done ? "ok" : "error(not_found)"; };
  otp::telemetry::execute("a.b", {{"n", 1}}, {});
  say("nobody ok");
  const auto h1 = word("h1");
  const auto h2 = word("h2");
  say("attach {}", attached(otp::telemetry::attach(h1, "a.b", on, word("cfg1"))));
  say("attach same id {}", attached(otp::telemetry::attach(h1, "other", on, word("cfg1"))));
  otp::telemetry::execute("a.b", {{"n", 1}}, {{"k", word("v")}});
  say("execute ok");
  otp::telemetry::execute("a", {{"n", 1}}, {});
  say("prefix only ok");
  otp::telemetry::execute("a.b.c", {{"n", 1}}, {});
  say("longer ok");
  auto& table = otp::telemetry::current();
  say("attach_many {}", attached(table.attach_many(h2, {"x", "y"}, on, word("cfg2"))));
  otp::telemetry::execute("x", {}, {});
  otp::telemetry::execute("y", {}, {});
  std::vector<std::string> handlers;
  for (const auto& each : table.list()) handlers.push_back(each.id + ":" + each.event);
  std::sort(handlers.begin(), handlers.end());
  say("listed {}", fmt::join(handlers, " "));
  say("listed under a {}", table.list("a").size());
  say("detach {}", detached(otp::telemetry::detach(h2)));
  otp::telemetry::execute("x", {}, {});
  say("detach again {}", detached(otp::telemetry::detach(h2)));
}

}  // namespace conformance::telemetry_attach_execute_detach
