// The servers of a program: an actor that also handles requests, each in the way it asks for.
#pragma once

#include "actor.hpp"
#include "protocol.hpp"
#include <otp/from.hpp>
#include <otp/gen_server.hpp>
#include <otp/reply.hpp>

#include <string>
#include <vector>

namespace differential {

class server : public otp::gen_server<server> {
 public:
  /// Answered by what the handler returns.
  struct ask {
    using reply = std::string;
    otp::pid caller;
    operation request;
    otp::pid other;  ///< For the request "ask": who is asked in turn.
  };
  /// Answered with `otp::from`: twice, delegate, keep.
  struct ask_from {
    using reply = std::string;
    otp::pid caller;
    operation request;
  };
  struct work {
    otp::pid caller;
    operation request;
  };
  struct go {};
  using info = otp::messages<orders, ping, message>;
  using continues = otp::messages<go>;

  /// `how` is what init does: ok, ignore, crash, or a reason to stop with; at_once does not wait
  /// for the driver.
  server(actor self, std::string how) : actor_{std::move(self)}, how_{std::move(how)} {}
  void init();
  otp::reply<std::string> handle_call(ask what);
  void handle_call(ask_from what, otp::from<std::string> from);
  otp::noreply handle_cast(work what);
  void handle_info(orders what) { actor_.perform(std::move(what)); }
  void handle_info(ping what) { actor_.answer(what); }
  void handle_info(message what) { actor_.hear(what); }
  void handle_info(otp::exited what) { actor_.hear(what); }
  void handle_info(otp::down what) { actor_.hear(what); }
  void handle_continue(go) { actor_.tell("self", "continue"); }
  void terminate(const otp::exit_reason& why) {
    actor_.tell("self", "terminate " + reason_text(why));
  }

 private:
  actor actor_;
  std::string how_;
  std::vector<otp::from<std::string>> kept_;
};

}  // namespace differential
