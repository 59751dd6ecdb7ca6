// Our port of scripts/proc_aliases.exs, whose first lines say what happens in it.
// Rows: P-081, P-082, P-083, P-084, P-085, P-086, P-087, P-088
#include "conformance/harness.hpp"

#include <otp/alias.hpp>

#include <fmt/ranges.h>

namespace conformance::proc_aliases {

struct answer {
  std::string word;
};
struct done {};
struct stop {};

// Another process sends these to the alias; returns when it has.
void give(const otp::alias_ref& to, std::vector<std::string> words) {
  otp::spawn([to, words = std::move(words), boss = otp::this_process::self()] {
    for (const auto& each : words) otp::send(to, answer{each});
    otp::send(boss, done{});
  });
  await<done>();
}

// Everything that has arrived.
std::string arrived() {
  std::vector<std::string> all;
  for (bool more = true; more;) {
    more = otp::receive([&](answer a) { return all.push_back(std::move(a.word)), true; },
                        [&](const otp::down& d) { return all.push_back("down " + reason(d.reason)), true; },
                        otp::after(50ms, [] { return false; }));
  }
  return fmt::format("[{}]", fmt::join(all, ", "));
}

otp::pid server() {
  return otp::spawn([] {
    await<stop>();
    otp::exit(word("done"));
  });
}

OTP_SCENARIO(proc_aliases) {
  const auto plain = otp::alias();
  give(plain, {word("one"), word("two")});
  say("main: plain {}", arrived());
  say("main: plain closed {}", otp::unalias(plain));
  give(plain, {word("three")});
  say("main: plain {}", arrived());
  say("main: plain closed {}", otp::unalias(plain));

  const auto reply = otp::alias(otp::alias_kind::reply);
  give(reply, {word("one"), word("two")});
  say("main: reply {}", arrived());
  say("main: reply closed {}", otp::unalias(reply));

  const auto first = server();
  const auto asked = otp::monitor(first, otp::monitor_alias_kind::reply_demonitor);
  give(asked, {word("one"), word("two")});
  otp::send(first, stop{});
  gone(first);
  say("main: reply_demonitor {}", arrived());
  const bool watching = otp::demonitor(asked);
  say("main: reply_demonitor active {} {}", watching, otp::unalias(asked));

  const auto second = server();
  const auto watched = otp::monitor(second, otp::monitor_alias_kind::demonitor);
  give(watched, {word("one")});
  otp::send(second, stop{});
  say("main: demonitor {}", arrived());
  give(watched, {word("late")});
  say("main: demonitor {}", arrived());
  say("main: demonitor active {}", otp::unalias(watched));

  const auto third = server();
  const auto kept = otp::monitor(third, otp::monitor_alias_kind::explicit_unalias);
  otp::send(third, stop{});
  say("main: explicit {}", arrived());
  give(kept, {word("late")});
  say("main: explicit {}", arrived());
  const bool active = otp::unalias(kept);
  say("main: explicit active {} {}", active, otp::unalias(kept));

  const auto owner = otp::spawn([boss = otp::this_process::self()] { otp::send(boss, otp::alias()); });
  const auto left = await<otp::alias_ref>();
  gone(owner);
  give(left, {word("late")});
  say("main: gone {}", arrived());
}

}  // namespace conformance::proc_aliases
