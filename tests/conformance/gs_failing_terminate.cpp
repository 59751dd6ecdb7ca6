// Our port of scripts/gs_failing_terminate.exs, whose first lines say what happens in it.
// Rows: G-063, G-064
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_failing_terminate {

enum class manner { fine, exits, fails };

class server : public otp::gen_server<server> {
 public:
  struct stop {
    otp::exit_reason why;
  };
  struct fail {};

  explicit server(manner how) : how_{how} {}

  otp::noreply handle_cast(stop m) { return otp::stop(m.why); }
  void handle_cast(fail) { throw std::runtime_error{word("one")}; }
  void terminate(const otp::exit_reason& why) {
    say("server: terminate {} with state {}", reason(why), number_);
    if (how_ == manner::exits) otp::exit(word("second"));
    if (how_ == manner::fails) throw std::runtime_error{word("late") + " " + word("oops")};
  }

 private:
  manner how_;
  int number_ = 7;
};

template <class Message>
void round(manner how, Message message) {
  const auto s = otp::start<server>(how);
  otp::monitor(s.pid());
  otp::cast(s, std::move(message));
  say("main: down {}", reason(await<otp::down>().reason));
}

OTP_SCENARIO(gs_failing_terminate) {
  round(manner::exits, server::stop{word("first")});
  round(manner::fails, server::stop{otp::reason::normal});
  round(manner::fine, server::fail{});
  round(manner::fine, server::stop{word("first")});
}

}  // namespace conformance::gs_failing_terminate
