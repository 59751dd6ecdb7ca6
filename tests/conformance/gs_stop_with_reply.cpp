// Our port of scripts/gs_stop_with_reply.exs, whose first lines say what happens in it.
// Rows: G-035, G-036
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>
#include <otp/process_info.hpp>

namespace conformance::gs_stop_with_reply {

struct in_handler {};
struct go {};
struct terminated {};
struct leave {};
struct first_heard {
  std::string what;
};
struct second_heard {
  std::string what;
};

class server : public otp::gen_server<server> {
 public:
  struct finish {
    using reply = std::string;
  };
  struct other {
    using reply = std::string;
  };

  explicit server(const otp::pid& main) : main_{main} {}

  otp::reply<std::string> handle_call(finish) {
    otp::send(main_, in_handler{});
    await<go>();
    return otp::reply{word("last")}.and_stop(word("finished"));
  }
  std::string handle_call(other) {
    say("server: other handled");
    return "1";
  }
  void terminate(const otp::exit_reason& why) {
    say("server: terminate {}", reason(why));
    otp::send(main_, terminated{});
    await<leave>();
  }

 private:
  otp::pid main_;
};

OTP_SCENARIO(gs_stop_with_reply) {
  const auto me = otp::this_process::self();
  const auto s = otp::start<server>(me);
  otp::monitor(s.pid());
  otp::spawn([=] {
    otp::send(me, first_heard{attempt([&] { return otp::call(s, server::finish{}); })});
  });
  await<in_handler>();
  otp::spawn([=] {
    otp::send(me, second_heard{attempt([&] { return otp::call(s, server::other{}); })});
  });
  while (otp::process_info(s.pid())->message_queue_len == 0) otp::sleep(5ms);
  otp::send(s.pid(), go{});
  await<terminated>();
  otp::receive([](first_heard) { say("client1: answered too early"); },
               otp::after(40ms, [] { say("main: client1 still waits during terminate"); }));
  otp::send(s.pid(), leave{});
  say("client1: {}", await<first_heard>().what);
  say("client2: {}", await<second_heard>().what);
  say("main: server down {}", reason(await<otp::down>().reason));
}

}  // namespace conformance::gs_stop_with_reply
