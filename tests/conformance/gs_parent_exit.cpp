// Our port of scripts/gs_parent_exit.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_parent_exit {

struct die {};
struct started {
  otp::pid server;
};

class server : public otp::gen_server<server> {
 public:
  struct link {
    using reply = bool;
    otp::pid to;
  };

  explicit server(bool traps) { otp::this_process::trap_exit(traps); }

  bool handle_call(link m) {
    otp::link(m.to);
    return true;
  }
  void handle_info(otp::exited e) { say("server: message exit {}", reason(e.reason)); }
  void terminate(const otp::exit_reason& why) { say("server: terminate {}", reason(why)); }
};

void round(bool traps, otp::exit_reason why) {
  say("round {}, parent ends {}", traps ? "traps" : "plain", reason(why));
  const auto parent = otp::spawn([traps, why, me = otp::this_process::self()] {
    otp::send(me, started{otp::start_link<server>(traps).pid()});
    await<die>();
    otp::exit(why);
  });
  const auto s = await<started>().server;
  const auto ref = otp::monitor(s);
  otp::send(parent, die{});
  otp::receive([](otp::down d) { say("main: server down {}", reason(d.reason)); },
               otp::after(100ms, [&] { say("main: server alive {}", otp::is_alive(s)); }));
  otp::demonitor(ref, true);
}

OTP_SCENARIO(gs_parent_exit) {
  round(true, word("crash"));
  round(true, otp::reason::normal);
  round(true, otp::reason::shutdown);
  round(false, word("crash"));
  round(false, otp::reason::normal);
  say("round traps, other linked process ends");
  const auto s = otp::start<server>(true);
  const auto other = otp::spawn([] {
    await<die>();
    otp::exit(word("oops"));
  });
  otp::call(s, server::link{other});
  otp::send(other, die{});
  gone(other);
  otp::sleep(30ms);
  say("main: server alive {}", otp::is_alive(s.pid()));
}

}  // namespace conformance::gs_parent_exit
