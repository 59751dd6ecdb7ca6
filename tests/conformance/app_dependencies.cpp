// Our port of scripts/app_dependencies.exs, whose first lines say what happens in it.
#include "conformance/apps.hpp"

namespace conformance::app_dependencies {

class dependency : public otp::application<dependency> {
 public:
  static constexpr std::string_view name = "dependency";
  explicit dependency(std::string label) : label_{std::move(label)} {}
  otp::supervisor_spec start(otp::start_type) {
    say("{} start", label_);
    return {};
  }

 private:
  std::string label_;
};

OTP_SCENARIO(app_dependencies) {
  load_as<dependency>("app_a", {}, word("app_a"));
  load_as<dependency>("app_b", {word("app_a")}, word("app_b"));
  load_as<dependency>("app_c", {word("app_b")}, word("app_c"));
  say("start {} {}", word("app_c"), text(applications::start(word("app_c"))));
  say("ensure {}", text(applications::ensure_all_started(word("app_c"))));
  say("ensure again {}", text(applications::ensure_all_started(word("app_c"))));
  say("stop {} {}", word("app_a"), text(applications::stop(word("app_a"))));
  say("running {}", text(running()));
  say("unknown {}", applications::start("nope") ? "ok" : "error");
}

}  // namespace conformance::app_dependencies
