// Our port of scripts/gs_reply_later.exs, whose first lines say what happens in it.
#include "conformance/harness.hpp"

#include <otp/gen_server.hpp>

#include <map>

namespace conformance::gs_reply_later {

struct parked {};
struct done {
  std::string who;
  std::string result;
};

class server : public otp::gen_server<server> {
 public:
  struct wait {
    using reply = std::string;
    std::string who;
  };
  struct count {
    using reply = std::size_t;
  };
  struct release {
    using reply = std::string;
  };

  explicit server(const otp::pid& main) : main_{main} {}

  void handle_call(wait m, otp::from<std::string> from) {
    waiting_.emplace(m.who, std::move(from));
    otp::send(main_, parked{});
  }
  std::size_t handle_call(count) { return waiting_.size(); }
  std::string handle_call(release) {
    waiting_.at(word("client2")).reply(std::string{"from server"});
    otp::spawn([client1 = std::move(waiting_.at(word("client1")))]() mutable {
      client1.reply("from " + word("helper"));
    });
    return word("released");
  }

 private:
  otp::pid main_;
  std::map<std::string, otp::from<std::string>> waiting_;
};

OTP_SCENARIO(gs_reply_later) {
  const auto me = otp::this_process::self();
  const auto s = otp::start<server>(me);
  const std::string clients[] = {word("client1"), word("client2"), word("client3")};
  for (const auto& who : clients) {
    const auto patience = who == clients[2] ? 150ms : 5000ms;
    otp::spawn([=] {
      auto result = attempt([&] { return otp::call(s, server::wait{who}, patience); });
      otp::send(me, done{who, std::move(result)});
    });
    await<parked>();
    say("server: parked {}", who);
  }
  say("main: count {}", attempt([&] { return otp::call(s, server::count{}); }));
  say("main: {}", attempt([&] { return otp::call(s, server::release{}); }));
  std::map<std::string, std::string> results;
  while (results.size() < 3) {
    auto d = await<done>();
    results.emplace(d.who, d.result);
  }
  for (const auto& who : clients) say("{}: {}", who, results[who]);
  say("main: server alive {}", otp::is_alive(s.pid()));
}

}  // namespace conformance::gs_reply_later
