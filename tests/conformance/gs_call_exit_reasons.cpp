// Our port of scripts/gs_call_exit_reasons.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_call_exit_reasons {

class server : public otp::gen_server<server> {
 public:
  struct end {
    using reply = int;
    std::string how;
  };

  otp::reply<int> handle_call(end m) {
    if (m.how == "normal") return otp::stop(otp::reason::normal);
    if (m.how == "custom") return otp::stop(word("bye"));
    if (m.how == "shutdown") return otp::stop(otp::reason::shutdown(word("x")));
    if (m.how == "error") throw std::runtime_error{word("oops")};
    if (m.how == "exit") otp::exit(word("quit"));
    otp::exit(otp::this_process::self(), otp::reason::kill);
    return 0;
  }
};

OTP_SCENARIO(gs_call_exit_reasons) {
  for (const char* how : {"normal", "custom", "shutdown", "error", "exit", "kill"}) {
    const auto s = otp::start<server>();
    say("{}: {}", how, attempt([&] { return otp::call(s, server::end{how}); }));
  }
  const auto s = otp::start<server>();
  otp::stop(s);
  say("dead: {}", attempt([&] { return otp::call(s, server::end{"normal"}); }));
  say("unnamed: {}", attempt([&] {
        return otp::call(otp::name<server>{"no_such_server"}, server::end{"normal"});
      }));
  const auto me = otp::server_ref<server>{otp::this_process::self()};
  say("self: {}", attempt([&] { return otp::call(me, server::end{"normal"}); }));
  say("main: {}", mailbox());
}

}  // namespace conformance::gs_call_exit_reasons
