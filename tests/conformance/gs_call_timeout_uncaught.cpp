// Our port of scripts/gs_call_timeout_uncaught.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_call_timeout_uncaught {

class server : public otp::gen_server<server> {
 public:
  struct never {
    using reply = int;
  };
  struct seen {
    using reply = int;
  };

  void handle_call(never, otp::from<int> from) {
    held_ = std::move(from);
    ++seen_;
  }
  int handle_call(seen) { return seen_; }

 private:
  otp::from<int> held_;
  int seen_ = 0;
};

OTP_SCENARIO(gs_call_timeout_uncaught) {
  otp::this_process::trap_exit(true);
  const auto s = otp::start<server>();
  const auto client = otp::spawn_link([s] {
    otp::call(s, server::never{}, 40ms);
    say("client: not reached");
  });
  const auto e = await<otp::exited>();
  say("main: client exited {}", e.from == client ? reason(e.reason) : "?");
  say("main: server alive {}, requests seen {}", otp::is_alive(s.pid()),
      otp::call(s, server::seen{}));
}

}  // namespace conformance::gs_call_timeout_uncaught
