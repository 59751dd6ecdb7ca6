// Our port of scripts/registry_unique.exs, whose first lines say what happens in it.
// Rows, SR-003, SR-007, SR-008
#include "conformance/harness.hpp"

#include <otp/registry.hpp>

#include <fmt/ranges.h>

#include <algorithm>
#include <functional>

namespace conformance::registry_unique {

using table = otp::registry<std::string, int>;
const otp::name<table> reg{"reg"};

struct job {
  otp::pid from;
  std::function<std::string()> work;
};
struct outcome {
  std::string text;
};

otp::pid start_worker() {
  return otp::spawn([] {
    for (;;) {
      const auto next = await<job>();
      otp::send(next.from, outcome{next.work()});
    }
  });
}

std::string run(const otp::pid& worker, std::function<std::string()> work) {
  otp::send(worker, job{otp::this_process::self(), std::move(work)});
  return await<outcome>().text;
}

OTP_SCENARIO(registry_unique) {
  otp::start_link<table>({.name = "reg"}, otp::registry_keys::unique);
  const auto alpha = word("alpha");
  const auto beta = word("beta");
  const auto worker1 = start_worker();
  const auto worker2 = start_worker();
  const auto who = [=](const otp::pid& p) { return p == worker1 ? "worker1" : "worker2"; };
  const auto take = [=](const std::string& key, int value) {
    return [=]() -> std::string {
      const auto taken = otp::register_key(reg, key, value);
      return taken ? "ok" : fmt::format("taken by {}", who(taken.error().holder));
    };
  };
  const auto look = [=](const std::string& key) -> std::string {
    const auto found = otp::lookup(reg, key);
    if (found.empty()) return "nobody";
    return fmt::format("{} value {}", who(found[0].process), found[0].value);
  };

  say("worker1: register {} {}", alpha, run(worker1, take(alpha, 1)));
  say("worker2: register {} {}", alpha, run(worker2, take(alpha, 9)));
  say("worker2: register {} {}", beta, run(worker2, take(beta, 2)));
  say("main: {} {}", alpha, look(alpha));
  say("main: {} {}", beta, look(beta));
  say("main: gamma {}", look("gamma"));
  run(worker2, [alpha] {
    otp::unregister_key(reg, alpha);
    return "";
  });
  say("main: {} {}", alpha, look(alpha));
  shoot(worker1, otp::reason::kill);
  say("main: {} {}", alpha, look(alpha));
  say("worker2: register {} {}", alpha, run(worker2, take(alpha, 3)));
  say("main: {} {}", alpha, look(alpha));
  say("worker2: keys {}", run(worker2, [] {
        auto keys = otp::keys(reg, otp::this_process::self());
        std::sort(keys.begin(), keys.end());
        return fmt::format("{}", fmt::join(keys, " "));
      }));
}

}  // namespace conformance::registry_unique
