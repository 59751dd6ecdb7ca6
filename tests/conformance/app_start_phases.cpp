// Our port of scripts/app_start_phases.exs, whose first lines say what happens in it. The tree of a
// start that a phase has failed is stopped here (L-030): its child does not tell, as nobody is told in
// the original.
#include "conformance/apps.hpp"
#include "conformance/kids.hpp"

namespace conformance::app_start_phases {

class phased : public otp::application<phased> {
 public:
  static constexpr std::string_view name = "phased";
  phased(std::string label, otp::child_spec child)
      : label_{std::move(label)}, child_{std::move(child)} {}

  otp::supervisor_spec start(otp::start_type) {
    say("{} start", label_);
    return {.children = {child_}};
  }
  otp::result<void> start_phase(std::string_view phase, otp::start_type type,
                                const otp::config_value& argument) {
    say("phase {} {} {}", phase, type == otp::start_type::normal ? "normal" : "?", text(argument));
    if (text(argument) == word("bad")) return otp::failure{otp::exit_reason{word("boom")}};
    return {};
  }
  void stop() { say("stop callback"); }

 private:
  std::string label_;
  otp::child_spec child_;
};

otp::application_spec spec(std::string_view name, otp::child_spec child,
                           std::vector<otp::application_phase> phases) {
  auto made = otp::spec_of<phased>(word(name), std::move(child));
  made.name = word(name);
  made.start_phases = std::move(phases);
  return made;
}

OTP_SCENARIO(app_start_phases) {
  kids born;
  applications::load(spec("good", born("child_a"), {{word("init"), 1}, {word("go"), 2}})).value();
  const auto quiet = born("child_a", {.trap = false});
  const auto poor = spec("poor", quiet,
                         {{word("init"), 1}, {word("go"), word("bad")}, {word("never"), 3}});
  applications::load(poor).value();
  say("start {}", text(applications::start(word("good"))));
  say("stop {}", text(applications::stop(word("good"))));
  const auto answer = applications::start(word("poor"));
  const auto& error = answer.error();
  for (const auto& phase : poor.start_phases) {
    if (phase.name != error.phase) continue;
    say("start {} error {} in phase {} normal {}", word("poor"), reason(error.reason), error.phase,
        text(phase.argument));
  }
  say("running {}", is_running(word("poor")));
}

}  // namespace conformance::app_start_phases
