// Our port of scripts/sm_stop_and_reply.exs, whose first lines say what happens in it.
// Rows: S-006, S-007, S-025
#include "conformance/harness.hpp"
#include <otp/gen_statem.hpp>

namespace conformance::sm_stop_and_reply {

struct parked {};
struct postponed {};
struct in_terminate {};
struct leave {};
struct first_heard {
  std::string text;
};
struct second_heard {
  std::string text;
};

class machine : public otp::gen_statem<machine> {
 public:
  enum class state { run };
  struct park {
    using reply = std::string;
  };
  struct wait {
    using reply = std::string;
  };
  struct finish {
    std::string last_word;
  };

  explicit machine(const otp::pid& main) : main_{main} {}

  transition handle_call(state, park, otp::from<std::string>& caller) {
    parked_ = std::move(caller);
    otp::send(main_, parked{});
    return keep_state();
  }
  transition handle_call(state, wait) {
    otp::send(main_, postponed{});
    return postpone();
  }
  transition handle_cast(state, const finish& f) {
    return stop(word("finished")).and_reply(parked_, f.last_word);
  }
  void terminate(const otp::exit_reason& why, state) {
    otp::send(main_, in_terminate{});
    await<leave>();
    say("machine: terminate {} in run", reason(why));
  }

 private:
  otp::pid main_;
  otp::from<std::string> parked_;
};

OTP_SCENARIO(sm_stop_and_reply) {
  const auto me = otp::this_process::self();
  const auto m = otp::start<machine>(me);
  otp::monitor(m.pid());
  otp::spawn(
      [=] { otp::send(me, first_heard{attempt([&] { return otp::call(m, machine::park{}); })}); });
  await<parked>();
  otp::spawn(
      [=] { otp::send(me, second_heard{attempt([&] { return otp::call(m, machine::wait{}); })}); });
  await<postponed>();
  otp::cast(m, machine::finish{word("bye")});
  await<in_terminate>();
  say("main: machine is in terminate");
  say("client1: {}", await<first_heard>().text);
  otp::send(m.pid(), leave{});
  say("client2: {}", await<second_heard>().text);
  say("main: machine down {}", reason(await<otp::down>().reason));
}

}  // namespace conformance::sm_stop_and_reply
