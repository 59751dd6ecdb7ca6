// Our port of scripts/pg_groups.exs, whose first lines say what happens in it.
// Rows: E-002, E-003, E-004, E-006
#include "conformance/harness.hpp"
#include <otp/pg.hpp>
#include <otp/sys.hpp>

namespace conformance::pg_groups {

using otp::pg;

struct die {};

OTP_SCENARIO(pg_groups) {
  const auto scope = otp::start<pg>({.name = "scope"});
  const auto room = word("room");
  const auto member = [] { return otp::spawn([] { await<die>(); }); };
  const auto p = member();
  const auto q = member();
  const auto self = otp::this_process::self();
  const auto joined = [&](pg::members who) {
    pg::join(scope, room, std::move(who));
    return "ok";
  };
  const auto left = [&](const std::string& group, const otp::pid& who) {
    return pg::leave(scope, group, who) ? "ok" : "not_joined";
  };
  const auto size = [&] { return pg::get_members(scope, room).size(); };
  const auto groups = [&] { return fmt::format("[{}]", fmt::join(pg::which_groups(scope), ",")); };
  say("empty {} groups {}", size(), groups());
  const auto watch = pg::monitor_scope(scope);
  say("snapshot {}", watch.second.empty() ? "{}" : "something");
  say("join {}", joined({p}));
  say("join twice {}", joined({p}));
  say("join list {}", joined({q, q}));
  say("members {} local {} groups {}", size(), pg::get_local_members(scope, room).size(), groups());
  const auto one = left(room, q);
  say("leave {} members {}", one, size());
  say("leave stranger {}", left(room, self));
  say("leave unknown group {}", left("nowhere", p));
  otp::send(p, die{});
  while (size() != 1) otp::sleep(2ms);
  say("p dead, members {}", size());
  otp::send(q, die{});
  while (!pg::which_groups(scope).empty()) otp::sleep(2ms);
  say("q dead, groups {}", groups());
  otp::sys::get_state(scope);  // it has told everybody by then
  for (bool more = true; more;) {
    more = otp::receive(
        [&](const otp::pg_event& e) {
          if (e.ref != watch.first) return true;
          say("event {} {} {}", e.what == otp::pg_event::kind::join ? "join" : "leave", e.group,
              e.processes.size());
          return true;
        },
        otp::after(0ms, [] { return false; }));
  }
}

}  // namespace conformance::pg_groups
