// Our port of scripts/gs_terminate_matrix.exs, whose first lines say what happens in it.
// Rows: G-059, G-061, G-064, G-065, G-066
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_terminate_matrix {

class server : public otp::gen_server<server> {
 public:
  struct stop {};
  struct fail {};
  struct leave {};
  struct leave_normally {};

  explicit server(bool traps) { otp::this_process::trap_exit(traps); }

  otp::noreply handle_cast(stop) { return otp::stop(word("done")); }
  void handle_cast(fail) { throw std::runtime_error{word("oops")}; }
  void handle_cast(leave) { otp::exit(word("quit")); }
  void handle_cast(leave_normally) { otp::exit(otp::reason::normal); }
  void handle_info(otp::exited e) { say("server: exit message {}", reason(e.reason)); }
  void terminate(const otp::exit_reason& why) { say("server: terminate {}", reason(why)); }
};

template <class Cause>
void row(const char* label, bool traps, Cause cause) {
  say("row {}", label);
  const auto s = otp::start<server>(traps);
  otp::monitor(s.pid());
  cause(s);
  say("main: down {}", reason(await<otp::down>().reason));
}

OTP_SCENARIO(gs_terminate_matrix) {
  using ref = otp::server_ref<server>;
  row("stop value", false, [](ref s) { otp::cast(s, server::stop{}); });
  row("error", false, [](ref s) { otp::cast(s, server::fail{}); });
  row("exit", false, [](ref s) { otp::cast(s, server::leave{}); });
  row("exit normal", false, [](ref s) { otp::cast(s, server::leave_normally{}); });
  row("stop api", false, [](ref s) { otp::stop(s); });
  row("signal plain", false, [](ref s) { otp::exit(s.pid(), word("sig")); });
  row("shutdown plain", false, [](ref s) { otp::exit(s.pid(), otp::reason::shutdown); });
  row("kill traps", true, [](ref s) { otp::exit(s.pid(), otp::reason::kill); });
  row("signal traps", true, [](ref s) {
    otp::exit(s.pid(), word("sig"));
    otp::stop(s);
  });
}

}  // namespace conformance::gs_terminate_matrix
