// Our port of scripts/gs_inactivity_timeout.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_inactivity_timeout {

struct seen {
  std::string what;
};
struct info {
  std::string what;
};

class server : public otp::gen_server<server> {
 public:
  using info = otp::messages<gs_inactivity_timeout::info>;
  struct arm {};
  struct noise {};
  struct zero_busy {};
  struct zero_idle {};
  struct rearm {
    using reply = std::string;
  };

  explicit server(const otp::pid& main) : main_{main} {}

  otp::noreply init() { return otp::noreply{}.and_timeout(40ms); }
  void handle_info(otp::idle_timeout) {
    say("server: timeout");
    otp::send(main_, seen{"timeout"});
  }
  void handle_info(gs_inactivity_timeout::info m) {
    say("server: info {}", m.what);
    otp::send(main_, seen{m.what});
  }
  otp::noreply handle_cast(arm) {
    say("server: arm");
    return otp::noreply{}.and_timeout(100ms);
  }
  void handle_cast(noise) { say("server: noise"); }
  otp::noreply handle_cast(zero_busy) {
    otp::send(otp::this_process::self(), gs_inactivity_timeout::info{word("queued")});
    return otp::noreply{}.and_timeout(0s);
  }
  otp::noreply handle_cast(zero_idle) { return otp::noreply{}.and_timeout(0s); }
  otp::reply<std::string> handle_call(rearm) {
    return otp::reply{word("ok")}.and_timeout(100ms);
  }

 private:
  otp::pid main_;
};

void watch(std::chrono::milliseconds patience) {
  otp::receive([](seen s) { say("main: saw {}", s.what); },
               otp::after(patience, [] { say("main: nothing"); }));
}

OTP_SCENARIO(gs_inactivity_timeout) {
  const auto s = otp::start<server>(otp::this_process::self());
  watch(2s);
  watch(150ms);
  otp::cast(s, server::arm{});
  otp::cast(s, server::noise{});
  watch(250ms);
  otp::cast(s, server::arm{});
  say("main: rearm {}", otp::call(s, server::rearm{}));
  watch(2s);
  otp::cast(s, server::zero_busy{});
  watch(2s);
  watch(100ms);
  otp::cast(s, server::zero_idle{});
  watch(2s);
}

}  // namespace conformance::gs_inactivity_timeout
