// Our port of scripts/gs_name_clash.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

namespace conformance::gs_name_clash {

class server : public otp::gen_server<server> {
 public:
  enum class result { ok, ignore, refuse };

  server(std::string label, result how) {
    say("{}: init", label);
    if (how == result::ignore) otp::ignore();
    if (how == result::refuse) otp::exit(word("no"));
  }
};

OTP_SCENARIO(gs_name_clash) {
  otp::this_process::trap_exit(true);
  const otp::start_options db{.name = "db"};
  const auto one = otp::start<server>(db, word("one"), server::result::ok);
  const auto refused = [&](const otp::start_result<server>& second) {
    const auto* taken = second.error().reason.get<otp::already_started>();
    say("main: {} by {} {}", taken != nullptr ? "already_started" : "?", word("one"),
        taken != nullptr && taken->holder == one.pid());
  };
  refused(otp::try_start<server>(db, word("two"), server::result::ok));
  refused(otp::try_start_link<server>(db, word("two"), server::result::ok));
  say("main: {}", mailbox());
  otp::stop(one);
  otp::stop(otp::start<server>(db, word("two"), server::result::ok));
  const auto three = otp::try_start<server>(db, word("three"), server::result::ignore);
  say("main: name free after ignore {}", three.error().ignored && !otp::whereis("db"));
  const auto four = otp::try_start<server>(db, word("four"), server::result::refuse);
  say("main: name free after refusal {}",
      four.error().reason == otp::exit_reason{word("no")} && !otp::whereis("db"));
}

}  // namespace conformance::gs_name_clash
