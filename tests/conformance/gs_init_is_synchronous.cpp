// Our port of scripts/gs_init_is_synchronous.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_init_is_synchronous {

struct number {
  int value;
};
struct in_init {
  otp::pid who;
};
struct go_on {};

class server : public otp::gen_server<server> {
 public:
  using info = otp::messages<number>;
  struct show {
    using reply = std::string;
  };

  explicit server(const otp::pid& helper) : helper_{helper} {}

  void init() {
    const auto me = otp::this_process::self();
    say("server: init begins, own name registered {}", otp::whereis("srv") == me);
    otp::send(helper_, in_init{me});
    await<go_on>();
    say("server: init ends");
  }
  void handle_info(number n) { seen_ += (seen_.empty() ? "" : " ") + fmt::to_string(n.value); }
  std::string handle_call(show) { return seen_; }

 private:
  otp::pid helper_;
  std::string seen_;
};

OTP_SCENARIO(gs_init_is_synchronous) {
  const auto helper = otp::spawn([] {
    const auto who = await<in_init>().who;
    otp::send("srv", number{1});
    otp::send("srv", number{2});
    say("helper: sent 1 and 2");
    otp::send(who, go_on{});
  });
  const auto s = otp::start<server>({.name = "srv"}, helper);
  say("main: start returned");
  say("server: handled {}", otp::call(s, server::show{}));
}

}  // namespace conformance::gs_init_is_synchronous
