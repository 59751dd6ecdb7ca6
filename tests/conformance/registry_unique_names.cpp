// Our port of scripts/registry_unique_names.exs, whose first lines say what happens in it.
// Rows, SR-002, SR-003, SR-004, SR-005, SR-006, SR-013
#include "conformance/harness.hpp"

#include <otp/registry.hpp>

#include <fmt/ranges.h>

namespace conformance::registry_unique_names {

using table = otp::registry<std::string, std::string>;
const otp::name<table> r{"r"};

struct seen {
  std::string register_;
  std::string unregister;
  std::string update;
};
struct ready {};
struct die {};

std::string entries(const std::string& key) {
  std::vector<std::string> all;
  for (const auto& each : otp::lookup(r, key)) {
    all.push_back(fmt::format("({},{})", each.process ? "pid" : "nil", each.value));
  }
  return fmt::format("[{}]", fmt::join(all, ","));
}

OTP_SCENARIO(registry_unique_names) {
  otp::start_link<table>({.name = "r"}, otp::registry_keys::unique);
  const auto me = otp::this_process::self();
  const auto k = word("k");
  const auto k2 = word("k2");
  const auto take = [me](const std::string& key, std::string value) -> std::string {
    const auto taken = otp::register_key(r, key, std::move(value));
    if (taken) return fmt::format("ok({})", *taken ? "pid" : "nil");
    return fmt::format("error(already_registered({}))",
                       taken.error().holder == me ? "main" : "other");
  };

  say("lookup {}", entries(k));
  say("register {}", take(k, word("v1")));
  say("register again {}", take(k, word("v2")));
  say("lookup {}", entries(k));
  const auto changed = otp::update_value(r, k, [](const std::string&) { return word("v2"); });
  say("update new={} old={}", changed->now, changed->before);
  say("lookup {}", entries(k));

  const auto other = otp::spawn([=] {
    auto refused = take(k, "x");
    otp::unregister_key(r, k);
    const auto update = otp::update_value(r, k, [](const std::string& same) { return same; });
    otp::send(me, seen{std::move(refused), "ok", update ? "ok" : "error"});
    otp::register_key(r, k2, "mine").value();
    otp::send(me, ready{});
    await<die>();
  });
  const auto tried = await<seen>();
  say("other: register {} unregister {} update {}", tried.register_, tried.unregister, tried.update);
  await<ready>();
  say("still mine {}", otp::lookup(r, k).size());
  say("keys of main {}, keys of other {}, count {}",
      fmt::format("[{}]", fmt::join(otp::keys(r, me), ",")),
      fmt::format("[{}]", fmt::join(otp::keys(r, other), ",")), otp::count(r));
  otp::send(other, die{});
  while (!otp::lookup(r, k2).empty()) otp::sleep(2ms);
  say("{} free, register {}", k2, take(k2, "v"));
  otp::unregister_key(r, k);
  say("unregister ok then {}", entries(k));
  otp::unregister_key(r, k);
  say("unregister missing ok");
}

}  // namespace conformance::registry_unique_names
