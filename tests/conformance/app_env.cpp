// Our port of scripts/app_env.exs, whose first lines say what happens in it.
#include "conformance/apps.hpp"

namespace conformance::app_env {

/// What get_env says in OTP: nil when there is no such key.
std::string got(std::string_view app, std::string_view key,
                std::optional<std::int64_t> by_default = std::nullopt) {
  const auto value = otp::get_env<std::int64_t>(app, key, by_default);
  return value ? fmt::to_string(*value) : "nil";
}

OTP_SCENARIO(app_env) {
  const auto app = word("app_a");
  const auto k = word("k");
  const auto nothing = word("n");
  const auto missing = word("z");
  const auto early = word("early");
  const auto early_p = word("early_p");
  say("before load {} {}", got(app, k), fetched(app, k));
  otp::put_env(app, early, word("mine"));
  otp::put_env(app, early_p, word("mine"), {.persistent = true});
  applications::load({.name = app,
                      .env = {{.name = k, .value = 1},
                              {.name = nothing, .value = otp::config_type::integer},
                              {.name = early, .value = word("spec")},
                              {.name = early_p, .value = word("spec")}}})
      .value();
  say("{} {} fetch {}", k, got(app, k), fetched(app, k));
  say("missing {} default {} fetch {}", got(app, missing), got(app, missing, 9),
      fetched(app, missing));
  say("nil value with default {} fetch {}", got(app, nothing, 9), fetched(app, nothing));
  const auto outcome = attempt([&] { return otp::fetch_env<int>(app, missing); });
  say("fetch! missing {}", outcome.starts_with("raised") ? "raises" : outcome);
  say("{} {} {} {}", early, *otp::get_env<std::string>(app, early), early_p,
      *otp::get_env<std::string>(app, early_p));
  otp::put_env(app, k, 2);
  say("{} {}", k, got(app, k));
  otp::delete_env(app, k);
  say("{} deleted {}", k, fetched(app, k));
  otp::put_env(app, k, 3);
  applications::start(app).value();
  applications::stop(app).value();
  say("after stop {}", fetched(app, k));
  applications::unload(app).value();
  say("after unload {}", fetched(app, k));
}

}  // namespace conformance::app_env
