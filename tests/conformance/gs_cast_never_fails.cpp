// Our port of scripts/gs_cast_never_fails.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_cast_never_fails {

struct greeting {
  std::string text;
};

class server : public otp::gen_server<server> {
 public:
  void handle_cast(greeting m) { say("server: cast {}", m.text); }
};

OTP_SCENARIO(gs_cast_never_fails) {
  const auto s = otp::start<server>();
  const auto cast = [](const auto& to) {
    return attempt([&] { otp::cast(to, greeting{word("hello")}); });
  };
  const auto live = cast(s);
  otp::stop(s);
  say("main: cast live {}", live);
  say("main: cast stopped {}", cast(s));
  say("main: cast unknown {}", cast(otp::name<server>{"no_such_server"}));
  say("main: send stopped {}", attempt([&] {
        const greeting hello{word("hello")};
        otp::send(s.pid(), hello);
        return hello.text;
      }));
  say("main: {}", mailbox());
}

}  // namespace conformance::gs_cast_never_fails
