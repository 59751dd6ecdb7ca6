// Our port of scripts/app_top_supervisor_dies.exs, whose first lines say what happens in it.
#include "conformance/apps.hpp"
#include "conformance/kids.hpp"

namespace conformance::app_top_supervisor_dies {

struct stopped {};

class frail : public otp::application<frail> {
 public:
  static constexpr std::string_view name = "frail";
  frail(kids born, otp::pid main) : born_{std::move(born)}, main_{main} {}

  otp::supervisor_spec start(otp::start_type) {
    say("{} start", word("app_a"));
    return {.name = "app_top",
            .intensity = {.max_restarts = 0},
            .children = {born_("child_a")}};
  }
  void prep_stop() { say("{} prep_stop", word("app_a")); }
  void stop() {
    say("{} stop", word("app_a"));
    otp::send(main_, stopped{});
  }

 private:
  kids born_;
  otp::pid main_;
};

OTP_SCENARIO(app_top_supervisor_dies) {
  kids born;
  const auto app_a = word("app_a");
  load_as<frail>("app_a", {}, born, otp::this_process::self());
  say("start {}", text(applications::start(app_a)));
  crash(born.up("child_a"), word("boom"));
  await<stopped>();
  until([&] { return !is_running(app_a); });
  say("not running");
  say("start {}", text(applications::start(app_a)));
  born.up("child_a");
  applications::stop(app_a).value();
}

}  // namespace conformance::app_top_supervisor_dies
