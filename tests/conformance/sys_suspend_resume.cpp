// Our port of scripts/sys_suspend_resume.exs, whose first lines say what happens in it.
// Rows: Y-004, Y-005, Y-006, Y-007
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>
#include <otp/sys.hpp>

namespace conformance::sys_suspend_resume {

class server : public otp::gen_server<server> {
 public:
  struct note {
    std::string what;
  };
  struct ask {
    using reply = int;
    std::string what;
  };

  void handle_cast(note m) {
    say("server: cast {}", m.what);
    ++handled_;
  }
  int handle_call(ask m) {
    say("server: call {}", m.what);
    return ++handled_;
  }
  void terminate(const otp::exit_reason& why) {
    say("server: terminate {} with {}", reason(why), handled_);
  }
  std::string format_status() const { return fmt::to_string(handled_); }

 private:
  int handled_ = 0;
};

OTP_SCENARIO(sys_suspend_resume) {
  const auto s = otp::start<server>();
  otp::sys::suspend(s);
  otp::cast(s, server::note{word("a")});
  otp::cast(s, server::note{word("b")});
  say("main: call {}", attempt([&] { return otp::call(s, server::ask{word("c")}, 60ms); }));
  say("main: state {}", otp::sys::get_state(s));
  otp::sys::suspend(s);
  otp::sys::resume(s);
  say("main: call {}", attempt([&] { return otp::call(s, server::ask{word("d")}); }));
  say("main: {}", mailbox());
  otp::sys::suspend(s);
  say("main: stop {}", attempt([&] { otp::stop(s); }));
}

}  // namespace conformance::sys_suspend_resume
