// Our port of scripts/sys_get_replace_state.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>
#include <otp/sys.hpp>

namespace conformance::sys_get_replace_state {

class server : public otp::gen_server<server> {
 public:
  struct get {
    using reply = int;
  };
  struct increment {};

  explicit server(int number) : number_{number} {}

  int handle_call(get) { return number_; }
  void handle_cast(increment) { ++number_; }
  std::string format_status() const { return fmt::to_string(number_); }
  int number() const { return number_; }

 private:
  int number_;
};

OTP_SCENARIO(sys_get_replace_state) {
  const auto s = otp::start<server>(10);
  say("main: state {}", otp::sys::get_state(s));
  say("main: replaced {}",
      otp::sys::replace_state(s, [](const server& old) { return server{old.number() + 5}; }));
  say("main: call {}", otp::call(s, server::get{}));
  bool failed = false;
  try {
    otp::sys::replace_state(s, [](const server& old) -> server {
      if (old.number() == 15) throw std::runtime_error{"no"};
      return old;
    });
  } catch (const std::exception&) {
    failed = true;
  }
  say("main: failing replace reported {}", failed);
  say("main: call {}", otp::call(s, server::get{}));
  otp::cast(s, server::increment{});
  say("main: state {}", otp::sys::get_state(s));
  otp::stop(s);
  say("main: state of stopped {}", attempt([&] { return otp::sys::get_state(s); }));
}

}  // namespace conformance::sys_get_replace_state
