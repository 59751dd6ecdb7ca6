#include "settings.hpp"

#include <fmt/format.h>

#include <chrono>

namespace chatroom {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t shortest_secret = 64;
constexpr std::size_t shortest_metrics_token = 16;

// Known to everybody who reads this file. It makes cookies survive a restart while developing.
constexpr std::string_view development_secret =
    "for development only: everybody can read this and forge the cookies it signs";

}  // namespace

std::vector<otp::config_key> configuration_keys() {
  return {
      {.name = "port",
       .value = 4000,
       .environment = "PORT",
       .check = otp::between(0, 65535),
       .description = "TCP port to listen on; 0 takes a free one"},
      {.name = "address",
       .value = "127.0.0.1",
       .environment = "BIND_ADDRESS",
       .description = "address to listen on; 0.0.0.0 for all of IPv4"},
      {.name = "host",
       .value = "",
       .environment = "PHX_HOST",
       .description = "public host name; its pages may open WebSockets"},
      {.name = "origins",
       .value = std::vector<std::string>{},
       .description = "further origins that may, such as https://a.net or //*.a.net"},
      {.name = "database_path",
       .value = "chat.db",
       .environment = "DATABASE_PATH",
       .description = "SQLite file; made if it is not there"},
      {.name = "pool_size",
       .value = 5,
       .environment = "POOL_SIZE",
       .check = otp::between(1, 100),
       .description = "database connections"},
      {.name = "mode",
       .value = "development",
       .environment = "CHATROOM_MODE",
       .check = otp::one_of({"development", "production"}),
       .description = "production insists on a secret"},
      {.name = "secret_key_base",
       .value = "",
       .environment = "SECRET_KEY_BASE",
       .description = "signs cookies and tokens; at least 64 bytes",
       .secret = true},
      {.name = "previous_secret_key_base",
       .value = "",
       .environment = "PREVIOUS_SECRET_KEY_BASE",
       .description = "the secret before, still believed",
       .secret = true},
      {.name = "metrics_token",
       .value = "",
       .environment = "METRICS_TOKEN",
       .description = "bearer token that may read /metrics, at least 16 bytes; without it there is "
                      "no such page",
       .secret = true},
      {.name = "pre_stop",
       .value = 0s,
       .check = otp::between(0s, 30s),
       .description = "after SIGTERM, how long everything goes on while /readyz says 503"},
      {.name = "drain.batch",
       .value = 10'000,
       .check = otp::between(1, 1'000'000),
       .description = "how many tabs are sent away at once when the program stops"},
      {.name = "drain.interval",
       .value = 2s,
       .check = otp::between(0s, 30s),
       .description = "time between two of these batches"},
      {.name = "drain.timeout",
       .value = 15s,
       .check = otp::between(0s, 10min),
       .description = "how long to wait for tabs and requests at most"},
  };
}

otp::result<settings, std::string> read_settings(const otp::configuration& from) {
  std::string secret = from.get<std::string>("secret_key_base");
  const bool production = from.get<std::string>("mode") == "production";
  if (production && (secret.empty() || secret == development_secret)) {
    return otp::failure{std::string{
        "production needs a secret: set SECRET_KEY_BASE to 64 random bytes, as printed by "
        "`openssl rand -base64 48`"}};
  }
  if (!secret.empty() && secret.size() < shortest_secret) {
    return otp::failure{fmt::format("SECRET_KEY_BASE has {} bytes; it needs at least {}, as printed "
                                    "by `openssl rand -base64 48`",
                                    secret.size(), shortest_secret)};
  }
  if (secret.empty()) secret = development_secret;
  std::string metrics_token = from.get<std::string>("metrics_token");
  if (!metrics_token.empty() && metrics_token.size() < shortest_metrics_token) {
    return otp::failure{fmt::format(
        "METRICS_TOKEN has {} bytes; it needs at least {}, as printed by `openssl rand -hex 16`",
        metrics_token.size(), shortest_metrics_token)};
  }
  return settings{
      .repo = {.path = from.get<std::string>("database_path"),
               .pool_size = from.get<std::size_t>("pool_size")},
      .endpoint = {.listen = {.address = from.get<std::string>("address"),
                              .port = from.get<std::uint16_t>("port")},
                   .secret = std::move(secret),
                   .previous_secret = from.get<std::string>("previous_secret_key_base"),
                   .metrics_token = std::move(metrics_token),
                   .origins = {.host = from.get<std::string>("host"),
                               .allowed = from.get<std::vector<std::string>>("origins")}}};
}

web::drain_options read_drain_options(const otp::configuration& from) {
  const bool at_once = from.contains("stop_signal") && from.get<std::string>("stop_signal") == "SIGINT";
  return {.pre_stop = at_once ? 0ns : from.get<std::chrono::nanoseconds>("pre_stop"),
          .batch = from.get<std::size_t>("drain.batch"),
          .interval = from.get<std::chrono::nanoseconds>("drain.interval"),
          .timeout = from.get<std::chrono::nanoseconds>("drain.timeout")};
}

}  // namespace chatroom
