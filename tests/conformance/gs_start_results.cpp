// Our port of scripts/gs_start_results.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_start_results {

class server : public otp::gen_server<server> {
 public:
  explicit server(std::string how) : how_{std::move(how)} {}

  otp::noreply init() {
    if (how_ == "stop") return otp::stop(word("nope"));
    if (how_ == "ignore") otp::ignore();
    if (how_ == "error") throw std::runtime_error{word("bad") + " " + word("init")};
    if (how_ == "exit") otp::exit(word("gone"));
    return {};
  }

 private:
  std::string how_;
};

std::string shown(const otp::start_result<server>& result) {
  if (result) return "ok";
  return result.error().ignored ? "ignore" : "error " + reason(result.error().reason);
}

OTP_SCENARIO(gs_start_results) {
  otp::this_process::trap_exit(true);
  for (const char* how : {"ok", "stop", "ignore", "error", "exit"}) {
    say("start {}: {}", how, shown(otp::try_start<server>(std::string{how})));
    say("start_link {}: {}", how, shown(otp::try_start_link<server>(std::string{how})));
    otp::receive([](otp::exited e) { say("main: exit message {}", reason(e.reason)); },
                 otp::after(40ms, [] { say("main: no exit message"); }));
  }
}

}  // namespace conformance::gs_start_results
