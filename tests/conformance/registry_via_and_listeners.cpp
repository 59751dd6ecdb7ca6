// Our port of scripts/registry_via_and_listeners.exs, whose first lines say what happens in it.
// Rows, SR-015, SR-016
#include "conformance/harness.hpp"

#include <otp/via.hpp>

#include <optional>

namespace conformance::registry_via_and_listeners {

using value = std::optional<std::string>;
using table = otp::registry<std::string, value>;
using added = otp::key_registered<std::string, value>;
using removed = otp::key_unregistered<std::string>;
const otp::name<table> r{"r"};

class kid : public otp::gen_server<kid> {
 public:
  struct ping {
    using reply = std::string;
  };

  explicit kid(std::string label) : label_{std::move(label)} { say("{} start", label_); }
  std::string handle_call(ping) { return label_; }
  void terminate(const otp::exit_reason& why) { say("{} stop {}", label_, reason(why)); }

 private:
  std::string label_;
};

void say_added(const otp::pid& expected) {
  const auto event = await<added>();
  say("event register {} {} {}", event.key, event.process == expected,
      event.value.value_or("nil"));
}

OTP_SCENARIO(registry_via_and_listeners) {
  const auto me = otp::this_process::self();
  otp::register_name("main");
  otp::start_link<table>({.name = "r"}, otp::registry_keys::unique,
                         otp::registry_options{.listeners = {"main"}});
  const auto srv = word("srv");
  const auto k = word("k");
  const auto via = otp::via<kid>(r, srv);
  const auto unknown = otp::via<kid>(r, "no");

  const auto p = otp::start_link<kid>({.name = via}, srv);
  say_added(p.pid());
  const auto second = otp::try_start_link<kid>({.name = via}, srv);
  say("second start already_started {}",
      second.error().reason == otp::already_started{p.pid()});
  say("call {}", otp::call(via, kid::ping{}));
  say("whereis {} unknown {}", otp::whereis(via) ? "pid" : "nil",
      otp::whereis(unknown) ? "pid" : "nil");
  const auto refused = otp::try_call(unknown, kid::ping{});
  say("call unknown exits({})", reason(refused.error().root()));

  otp::register_key(r, k, word("v")).value();
  say_added(me);
  otp::unregister_key(r, k);
  const auto event = await<removed>();
  say("event unregister {} {}", event.key, event.process == me);

  otp::stop(p);
  while (!otp::lookup(r, srv).empty()) otp::sleep(2ms);
  say("{}", otp::receive([](removed) { return "an event for the death"; },
                         otp::after(100ms, [] { return "no event for death"; })));
}

}  // namespace conformance::registry_via_and_listeners
