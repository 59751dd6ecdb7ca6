// Our port of scripts/gs_call_timeout_late_reply.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_call_timeout_late_reply {

class server : public otp::gen_server<server> {
 public:
  struct slow {
    using reply = std::string;
  };
  struct fast {
    using reply = std::string;
  };
  struct answer_old {
    using reply = std::string;
  };

  void handle_call(slow, otp::from<std::string> from) { held_ = std::move(from); }
  std::string handle_call(fast) { return word("fresh"); }
  std::string handle_call(answer_old) {
    held_.reply(word("late"));
    return word("answered");
  }

 private:
  otp::from<std::string> held_;
};

OTP_SCENARIO(gs_call_timeout_late_reply) {
  const auto s = otp::start<server>();
  say("client: slow {}", attempt([&] { return otp::call(s, server::slow{}, 50ms); }));
  say("client: answer_old {}", attempt([&] { return otp::call(s, server::answer_old{}); }));
  say("client: fast {}", attempt([&] { return otp::call(s, server::fast{}); }));
  say("client: {}", mailbox());
  say("client: server alive {}", otp::is_alive(s.pid()));
}

}  // namespace conformance::gs_call_timeout_late_reply
