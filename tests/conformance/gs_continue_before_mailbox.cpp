// Our port of scripts/gs_continue_before_mailbox.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_continue_before_mailbox {

struct first_part {};
struct done {};
struct info {
  std::string what;
};
struct step {
  std::string what;
};

class server : public otp::gen_server<server> {
 public:
  using info = otp::messages<gs_continue_before_mailbox::info>;
  using continues = otp::messages<step>;
  struct again {};

  explicit server(const otp::pid& main) : main_{main} {}

  otp::noreply init() {
    tell_me("early");
    say("server: init");
    return otp::noreply{}.and_continue(step{word("one")});
  }
  otp::noreply handle_continue(step s) {
    say("server: continue {}", s.what);
    if (s.what != word("one")) return {};
    tell_me("mid");
    return otp::noreply{}.and_continue(step{word("two")});
  }
  otp::noreply handle_cast(again) {
    say("server: cast");
    tell_me("queued");
    return otp::noreply{}.and_continue(step{word("three")});
  }
  void handle_info(gs_continue_before_mailbox::info m) {
    say("server: info {}", m.what);
    if (m.what == word("mid")) otp::send(main_, first_part{});
    if (m.what == word("queued")) otp::send(main_, done{});
  }

 private:
  static void tell_me(const char* what) {
    otp::send(otp::this_process::self(), gs_continue_before_mailbox::info{word(what)});
  }
  otp::pid main_;
};

OTP_SCENARIO(gs_continue_before_mailbox) {
  const auto s = otp::start<server>(otp::this_process::self());
  await<first_part>();
  otp::cast(s, server::again{});
  await<done>();
  say("main: done");
}

}  // namespace conformance::gs_continue_before_mailbox
