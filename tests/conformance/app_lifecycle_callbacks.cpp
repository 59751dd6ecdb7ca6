// Our port of scripts/app_lifecycle_callbacks.exs, whose first lines say what happens in it.
#include "conformance/apps.hpp"
#include "conformance/kids.hpp"

namespace conformance::app_lifecycle_callbacks {

// The state that OTP hands from one callback to the next is the object.
class app : public otp::application<app> {
 public:
  static constexpr std::string_view name = "app";
  app(kids born, std::string argument) : born_{std::move(born)}, argument_{std::move(argument)} {}

  otp::supervisor_spec start(otp::start_type type) {
    say("{} start {} [{}]", word("app_a"), type == otp::start_type::normal ? "normal" : "?",
        argument_);
    state_ = word("state_1");
    return {.children = born_.all({"child_a", "child_b"})};
  }
  void prep_stop() { say("{} prep_stop {}", word("app_a"), std::exchange(state_, word("state_2"))); }
  void stop() { say("{} stop {}", word("app_a"), state_); }

 private:
  kids born_;
  std::string argument_;
  std::string state_;
};

OTP_SCENARIO(app_lifecycle_callbacks) {
  const auto app_a = word("app_a");
  load_as<app>("app_a", {}, kids{}, word("x"));
  say("running {}", is_running(app_a));
  say("start {}", text(applications::start(app_a)));
  say("running {}", is_running(app_a));
  say("start again {}", text(applications::start(app_a)));
  say("stop {}", text(applications::stop(app_a)));
  say("running {}", is_running(app_a));
  say("stop again {}", text(applications::stop(app_a)));
  say("still loaded {}", is_named(applications::loaded_applications(), app_a));
}

}  // namespace conformance::app_lifecycle_callbacks
