// Our port of scripts/app_start_types.exs, whose first lines say what happens in it. The node goes
// down here by telling main, so all cases are played in one runtime.
#include "conformance/apps.hpp"
#include "conformance/kids.hpp"

namespace conformance::app_start_types {

struct top_is {
  otp::pid process;
};
struct end_with {
  otp::exit_reason why;
};
struct went_down {};

class lone : public otp::application<lone> {
 public:
  static constexpr std::string_view name = "lone";
  explicit lone(otp::pid main) : main_{main} {}
  otp::pid start(otp::start_type) {
    const auto top = otp::spawn_link([] { otp::exit(await<end_with>().why); });
    otp::send(main_, top_is{top});
    return top;
  }

 private:
  otp::pid main_;
};

struct play {
  std::string type;
  std::string how;
};

std::string node_after(const play& played) {
  const auto app = word("a");
  const auto type = played.type == "permanent"   ? otp::restart::permanent
                    : played.type == "transient" ? otp::restart::transient
                                                 : otp::restart::temporary;
  applications::start(app, type).value();
  const auto top = await<top_is>().process;
  if (played.how == "stop") {
    applications::stop(app).value();
  } else {
    const auto why = played.how == "normal"     ? otp::exit_reason{otp::reason::normal}
                     : played.how == "shutdown" ? otp::exit_reason{otp::reason::shutdown}
                                                : otp::exit_reason{word(played.how)};
    otp::send(top, end_with{why});
  }
  until([&] { return !is_running(app); });
  return otp::receive([](went_down) { return "node down"; },
                      otp::after(0ms, [] { return "node up"; }));
}

OTP_SCENARIO(app_start_types) {
  applications::on_node_down([main = otp::this_process::self()](
                                 const applications::node_down&) { otp::send(main, went_down{}); });
  load_as<lone>("a", {}, otp::this_process::self());
  const play plays[]{{"temporary", "normal"}, {"temporary", "boom"}, {"transient", "normal"},
                     {"transient", "shutdown"}, {"transient", "boom"}, {"permanent", "normal"},
                     {"permanent", "boom"},   {"permanent", "stop"}};
  for (const auto& each : plays) {
    const auto how = each.how == "boom" ? word(each.how) : each.how;
    say("{} {} {}", each.type, how, node_after(each));
  }
}

}  // namespace conformance::app_start_types
