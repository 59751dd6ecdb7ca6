// Our port of scripts/gs_stop_timeout.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_stop_timeout {

struct held {};
struct release {};

class server : public otp::gen_server<server> {
 public:
  struct hold {};
  struct after_stop {};

  explicit server(const otp::pid& main) : main_{main} {}

  void handle_cast(hold) {
    otp::send(main_, held{});
    await<release>();
    say("server: released");
  }
  void handle_cast(after_stop) { say("server: after stop"); }
  void terminate(const otp::exit_reason& why) { say("server: terminate {}", reason(why)); }

 private:
  otp::pid main_;
};

OTP_SCENARIO(gs_stop_timeout) {
  const auto s = otp::start<server>(otp::this_process::self());
  otp::monitor(s.pid());
  otp::cast(s, server::hold{});
  await<held>();
  say("main: stop {}", attempt([&] { otp::stop(s, otp::reason::normal, 50ms); }));
  say("main: alive {}", otp::is_alive(s.pid()));
  otp::cast(s, server::after_stop{});
  otp::send(s.pid(), release{});
  say("main: down {}", reason(await<otp::down>().reason));
  say("main: {}", mailbox());
}

}  // namespace conformance::gs_stop_timeout
