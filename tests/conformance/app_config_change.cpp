// Our port of scripts/app_config_change.exs, whose first lines say what happens in it.
#include "conformance/apps.hpp"

namespace conformance::app_config_change {

using keyed = std::vector<std::pair<std::string, otp::config_value>>;

std::string pairs(const keyed& all) {
  std::vector<std::string> words;
  for (const auto& [key, value] : all) words.push_back(fmt::format("{}({})", key, text(value)));
  return text(words);
}

class listening : public otp::application<listening> {
 public:
  static constexpr std::string_view name = "listening";
  otp::supervisor_spec start(otp::start_type) { return {}; }
  void config_change(const otp::config_changes& what) {
    say("config_change changed {} new {} removed {}", pairs(what.changed), pairs(what.added),
        text(what.removed));
  }
};

void begin(std::string_view name, std::vector<otp::config_key> env) {
  auto spec = otp::spec_of<listening>();
  spec.name = word(name);
  spec.env = std::move(env);
  applications::load(std::move(spec)).value();
  applications::start(word(name)).value();
}

OTP_SCENARIO(app_config_change) {
  const auto app_a = word("app_a");
  begin("app_a", {{.name = word("k"), .value = 1},
                  {.name = word("same"), .value = 1},
                  {.name = word("gone"), .value = 1}});
  begin("app_b", {{.name = word("k"), .value = 1}});
  const auto before = applications::prep_config_change();
  otp::put_env(app_a, word("k"), 2);
  otp::put_env(app_a, word("fresh"), 3);
  otp::delete_env(app_a, word("gone"));
  say("environment changed");
  applications::config_change(before);
  say("reload ok");
}

}  // namespace conformance::app_config_change
