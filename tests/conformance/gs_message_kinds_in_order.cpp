// Our port of scripts/gs_message_kinds_in_order.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_message_kinds_in_order {

struct item {
  std::string what;
};

class server : public otp::gen_server<server> {
 public:
  using info = otp::messages<item>;
  struct note {
    std::string what;
  };
  struct ask {
    using reply = int;
    std::string what;
  };

  void handle_cast(note m) { handled("cast", m.what); }
  void handle_info(item m) { handled("info", m.what); }
  int handle_call(ask m) { return handled("call", m.what); }

 private:
  int handled(const char* kind, const std::string& what) {
    say("server: {} {}", kind, what);
    return ++count_;
  }
  int count_ = 0;
};

OTP_SCENARIO(gs_message_kinds_in_order) {
  const auto s = otp::start<server>();
  otp::cast(s, server::note{word("a")});
  otp::send(s.pid(), item{word("b")});
  otp::cast(s, server::note{word("c")});
  otp::send(s.pid(), item{word("d")});
  say("client: {}", attempt([&] { return otp::call(s, server::ask{word("e")}); }));
}

}  // namespace conformance::gs_message_kinds_in_order
