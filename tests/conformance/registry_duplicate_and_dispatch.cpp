// Our port of scripts/registry_duplicate_and_dispatch.exs, whose first lines say what happens in it.
// Rows, SR-009, SR-010, SR-011, SR-012, SR-013
#include "conformance/harness.hpp"

#include <otp/registry.hpp>

#include <fmt/ranges.h>

#include <algorithm>
#include <span>

namespace conformance::registry_duplicate_and_dispatch {

using table = otp::registry<std::string, int>;
const otp::name<table> r{"r"};

struct ready {};
struct die {};

template <class T>
std::string list(std::vector<T> all) {
  std::sort(all.begin(), all.end());
  return fmt::format("[{}]", fmt::join(all, ","));
}

std::string values_under(const std::string& key) {
  std::vector<int> all;
  for (const auto& each : otp::lookup(r, key)) all.push_back(each.value);
  return list(all);
}

OTP_SCENARIO(registry_duplicate_and_dispatch) {
  otp::start_link<table>({.name = "r"}, otp::registry_keys::duplicate);
  const auto me = otp::this_process::self();
  const auto k = word("k");
  otp::register_key(r, k, 1).value();
  otp::register_key(r, k, 2).value();
  const auto p = otp::spawn([me, k] {
    otp::register_key(r, k, 3).value();
    otp::send(me, ready{});
    await<die>();
  });
  await<ready>();

  say("values {}", values_under(k));
  otp::dispatch(r, k, [me](std::span<const otp::registry_entry<int>> entries) {
    say("called with {} in caller {}", entries.size(), otp::this_process::self() == me);
  });
  say("dispatch ok");
  otp::dispatch(r, "none", [](auto) { say("called"); });
  say("dispatch nobody ok");
  say("mine {}, keys {}", list(otp::values(r, k, me)), list(otp::keys(r, me)));
  say("match >1 {} count_match {}", otp::match(r, k, [](int n) { return n > 1; }).size(),
      otp::count_match(r, k, [](int) { return true; }));
  otp::unregister_match(r, k, [](int n) { return n == 2; });
  say("after unregister_match {}", values_under(k));
  try {
    otp::update_value(r, k, [](int n) { return n; });
  } catch (const std::invalid_argument&) {
    say("update raises");
  }
  otp::unregister_key(r, k);
  say("after unregister {}", values_under(k));
  otp::send(p, die{});
  while (otp::count(r) != 0) otp::sleep(2ms);
  say("after death {}", values_under(k));
}

}  // namespace conformance::registry_duplicate_and_dispatch
