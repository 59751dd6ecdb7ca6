// Our port of scripts/gs_state_after_failed_call.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_state_after_failed_call {

class breaking : public otp::gen_server<breaking> {
 public:
  struct attempt_it {
    using reply = std::string;
  };
  std::string handle_call(attempt_it) {
    throw std::runtime_error{word("b") + " " + word("broke")};
  }
};

class calling : public otp::gen_server<calling> {
 public:
  struct naive {
    using reply = std::string;
    otp::server_ref<breaking> b;
  };
  struct careful {
    using reply = std::string;
    otp::server_ref<breaking> b;
  };
  struct count {
    using reply = int;
  };

  std::string handle_call(naive m) { return otp::call(m.b, breaking::attempt_it{}); }
  std::string handle_call(careful m) {
    say("server: caught {}", attempt([&] { return otp::call(m.b, breaking::attempt_it{}); }));
    ++count_;
    return word("recovered");
  }
  int handle_call(count) { return count_; }

 private:
  int count_ = 0;
};

OTP_SCENARIO(gs_state_after_failed_call) {
  const auto b1 = otp::start<breaking>();
  const auto b2 = otp::start<breaking>();
  const auto a = otp::start<calling>();
  const auto c = otp::start<calling>();
  otp::monitor(a.pid());
  say("main: a {}", attempt([&] { return otp::call(a, calling::naive{b1}); }));
  say("main: a down {}", reason(await<otp::down>().reason));
  say("main: c {}", attempt([&] { return otp::call(c, calling::careful{b2}); }));
  say("main: c count {}", attempt([&] { return otp::call(c, calling::count{}); }));
}

}  // namespace conformance::gs_state_after_failed_call
