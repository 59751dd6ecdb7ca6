// Our port of scripts/registry_via_server.exs, whose first lines say what happens in it.
// Rows, SR-015
#include "conformance/harness.hpp"

#include <otp/via.hpp>

namespace conformance::registry_via_server {

using table = otp::registry<std::string>;
const otp::name<table> reg{"reg"};

class server : public otp::gen_server<server> {
 public:
  struct get {
    using reply = int;
  };
  struct poke {};

  server(const std::string& label, int value) : value_{value} { say("{}: init", label); }
  int handle_call(get) { return value_; }
  void handle_cast(poke) {}

 private:
  int value_;
};

OTP_SCENARIO(registry_via_server) {
  otp::start_link<table>({.name = "reg"}, otp::registry_keys::unique);
  const auto srv = otp::via<server>(reg, "srv");
  const auto call = [&] { return otp::call(srv, server::get{}); };

  const auto first = otp::start<server>({.name = srv}, word("server1"), 10);
  say("client: call {}", attempt(call));
  const auto second = otp::try_start<server>({.name = srv}, "intruder", 0);
  const auto* const holder = second.error().reason.get<otp::already_started>();
  say("client: start {}, holder is {} {}", holder != nullptr ? "already_started" : "ok",
      word("server1"), holder != nullptr && holder->holder == first.pid());
  say("client: stop {}", attempt([&] { otp::stop(srv); }));
  say("client: call {}", attempt(call));
  say("client: cast {}", attempt([&] { otp::cast(srv, server::poke{}); }));
  otp::start<server>({.name = srv}, word("server2"), 20);
  say("client: call {}", attempt(call));
}

}  // namespace conformance::registry_via_server
