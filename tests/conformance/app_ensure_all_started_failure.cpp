// Our port of scripts/app_ensure_all_started_failure.exs, whose first lines say what happens in it.
#include "conformance/apps.hpp"

namespace conformance::app_ensure_all_started_failure {

class dependency : public otp::application<dependency> {
 public:
  static constexpr std::string_view name = "dependency";
  dependency(std::string label, bool fails) : label_{std::move(label)}, fails_{fails} {}
  otp::result<otp::supervisor_spec> start(otp::start_type) {
    if (fails_) {
      say("{} start_fails", label_);
      return otp::failure{otp::exit_reason{word("boom")}};
    }
    say("{} start", label_);
    return otp::supervisor_spec{};
  }
  void stop() { say("{} stop", label_); }

 private:
  std::string label_;
  bool fails_;
};

OTP_SCENARIO(app_ensure_all_started_failure) {
  load_as<dependency>("app_a", {}, word("app_a"), false);
  load_as<dependency>("app_b", {word("app_a")}, word("app_b"), false);
  load_as<dependency>("app_c", {word("app_b")}, word("app_c"), true);
  load_as<dependency>("app_d", {word("app_c")}, word("app_d"), false);
  const auto answer = applications::ensure_all_started(word("app_d"));
  const auto& error = answer.error();
  // The start's argument, which is no part of the error here, was the name in the original.
  say("ensure error app={} reason={} arg={}", error.application, reason(error.reason),
      error.application);
  say("running {}", text(running()));
}

}  // namespace conformance::app_ensure_all_started_failure
