// Our port of scripts/registry_pubsub.exs, whose first lines say what happens in it.
// Rows, SR-009, SR-012
#include "conformance/harness.hpp"

#include <otp/registry.hpp>

#include <algorithm>
#include <span>

namespace conformance::registry_pubsub {

using table = otp::registry<std::string>;
const otp::name<table> reg{"reg"};

struct ready {};
struct published {
  std::string message;
};
struct heard {
  std::string text;
};

otp::pid subscribe(const std::string& label, std::vector<std::string> topics) {
  const auto me = otp::this_process::self();
  const auto p = otp::spawn([=] {
    for (const auto& topic : topics) otp::register_key(reg, topic).value();
    otp::send(me, ready{});
    for (;;) otp::send(me, heard{label + " " + await<published>().message});
  });
  await<ready>();
  return p;
}

void publish(const std::string& topic, const std::string& message) {
  otp::dispatch(reg, topic, [&](std::span<const otp::registry_entry<otp::done>> entries) {
    for (const auto& each : entries) otp::send(each.process, published{message});
  });
}

void collect(int count) {
  std::vector<std::string> lines;
  while (count-- > 0) lines.push_back(await<heard>().text);
  std::sort(lines.begin(), lines.end());
  for (const auto& line : lines) say("{}", line);
}

OTP_SCENARIO(registry_pubsub) {
  otp::start_link<table>({.name = "reg"}, otp::registry_keys::duplicate);
  const auto news = word("news");
  const auto sport = word("sport");
  subscribe(word("sub1"), {news});
  const auto sub2 = subscribe(word("sub2"), {news, news});
  subscribe(word("sub3"), {sport});

  say("main: {} entries {}", news, otp::lookup(reg, news).size());
  publish(news, word("hello"));
  collect(3);
  say("main: {} entries {}", sport, otp::lookup(reg, sport).size());
  publish(sport, word("goal"));
  collect(1);
  shoot(sub2, otp::reason::kill);
  say("main: {} entries {}", news, otp::lookup(reg, news).size());
  publish("empty", "void");
  say("main: {}", mailbox());
}

}  // namespace conformance::registry_pubsub
