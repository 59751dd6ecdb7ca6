// Our port of scripts/gs_continue_after_reply.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_continue_after_reply {

struct go {};
struct do_work {};
struct fail {};

class server : public otp::gen_server<server> {
 public:
  using continues = otp::messages<do_work, fail>;
  struct work {
    using reply = std::string;
  };
  struct get {
    using reply = int;
  };

  explicit server(bool doomed) : doomed_{doomed}, number_{doomed ? 0 : 41} {}

  otp::noreply init() {
    if (doomed_) return otp::noreply{}.and_continue(fail{});
    return {};
  }
  otp::reply<std::string> handle_call(work) {
    return otp::reply{word("accepted")}.and_continue(do_work{});
  }
  int handle_call(get) { return number_; }
  void handle_continue(do_work) {
    await<go>();
    say("server: step done");
    ++number_;
  }
  void handle_continue(fail) { otp::exit(word("step_failed")); }

 private:
  bool doomed_;
  int number_;
};

OTP_SCENARIO(gs_continue_after_reply) {
  otp::this_process::trap_exit(true);
  const auto s = otp::start<server>(false);
  say("client: work {}", attempt([&] { return otp::call(s, server::work{}); }));
  otp::send(s.pid(), go{});
  say("client: get {}", attempt([&] { return otp::call(s, server::get{}); }));
  const auto doomed = otp::try_start_link<server>(true);
  say("main: start {}", doomed ? "ok" : "error");
  const auto e = await<otp::exited>();
  say("main: exit message {}", e.from == doomed->pid() ? reason(e.reason) : "?");
}

}  // namespace conformance::gs_continue_after_reply
