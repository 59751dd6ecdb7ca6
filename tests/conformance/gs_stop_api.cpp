// Our port of scripts/gs_stop_api.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_stop_api {

class server : public otp::gen_server<server> {
 public:
  struct note {
    std::string what;
  };

  explicit server(bool odd = false) : odd_{odd} {}

  void handle_cast(note m) { say("server: cast {}", m.what); }
  void terminate(const otp::exit_reason& why) {
    say("server: terminate {}", reason(why));
    if (odd_) otp::exit(word("other"));
  }

 private:
  bool odd_;
};

OTP_SCENARIO(gs_stop_api) {
  const auto s = otp::start<server>();
  otp::cast(s, server::note{word("before")});
  const auto outcome = attempt([&] { otp::stop(s); });
  say("main: stop {}, alive {}", outcome, otp::is_alive(s.pid()));
  const auto s2 = otp::start<server>();
  say("main: stop {} {}", word("because"), attempt([&] { otp::stop(s2, word("because")); }));
  const auto s3 = otp::start<server>(true);
  say("main: stop odd {}", attempt([&] { otp::stop(s3); }));
  say("main: stop stopped {}", attempt([&] { otp::stop(s); }));
  say("main: stop unknown {}",
      attempt([] { otp::stop(otp::name<server>{"no_such_server"}); }));
  say("main: {}", mailbox());
}

}  // namespace conformance::gs_stop_api
