#include "settings.hpp"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <utility>

namespace chatroom {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t shortest_secret = 64;
constexpr std::size_t shortest_metrics_token = 16;

// Known to everybody who reads this file. It makes cookies survive a restart while developing.
constexpr std::string_view development_secret =
    "for development only: everybody can read this and forge the cookies it signs";

// Nothing without a certificate, and then there must be nothing that needs one.
otp::result<std::optional<web::tls_options>, std::string> read_tls(const otp::configuration& from) {
  const web::tls_options tls{.files = {.certificate = from.get<std::string>("tls.certificate"),
                                       .key = from.get<std::string>("tls.key")},
                             .hsts = std::chrono::duration_cast<std::chrono::seconds>(
                                 from.get<std::chrono::nanoseconds>("tls.hsts")),
                             .redirect_port = from.get<std::uint16_t>("http_redirect_port")};
  if (tls.files.certificate.empty() != tls.files.key.empty()) {
    return otp::failure{
        std::string{"TLS needs both files: set tls.certificate (TLS_CERTIFICATE) and "
                    "tls.key (TLS_KEY), or neither"}};
  }
  if (tls.files.certificate.empty()) {
    if (tls.redirect_port == 0 && tls.hsts.count() == 0) return std::optional<web::tls_options>{};
    return otp::failure{
        std::string{"http_redirect_port and tls.hsts are of use with TLS only: set "
                    "tls.certificate and tls.key too, or neither of these"}};
  }
  if (tls.redirect_port != 0 && from.get<std::uint16_t>("port") == 0) {
    return otp::failure{
        std::string{"http_redirect_port leads to the port of HTTPS, which must have "
                    "a number then: set PORT to something else than 0"}};
  }
  return std::optional{tls};
}

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
      {.name = "tls.certificate",
       .value = "",
       .environment = "TLS_CERTIFICATE",
       .description = "PEM file: the certificate, then those that signed it; with it the port "
                      "speaks HTTPS only. Read again at SIGHUP"},
      {.name = "tls.key",
       .value = "",
       .environment = "TLS_KEY",
       .description = "PEM file: the key of the certificate, without a password"},
      {.name = "tls.hsts",
       .value = 0s,
       .environment = "TLS_HSTS",
       .check = otp::between(0s, 24h * 730),
       .description = "how long browsers shall come by HTTPS only, once they have; 0s does not "
                      "tell them"},
      {.name = "http_redirect_port",
       .value = 0,
       .environment = "HTTP_REDIRECT_PORT",
       .check = otp::between(0, 65535),
       .description = "with TLS, a second port that sends plain HTTP to HTTPS; 0 opens none"},
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
    return otp::failure{
        fmt::format("SECRET_KEY_BASE has {} bytes; it needs at least {}, as printed "
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
  auto tls = read_tls(from);
  if (!tls) return otp::failure{std::move(tls).error()};
  return settings{
      .repo = {.path = from.get<std::string>("database_path"),
               .pool_size = from.get<std::size_t>("pool_size")},
      .endpoint = {.listen = {.address = from.get<std::string>("address"),
                              .port = from.get<std::uint16_t>("port")},
                   .secret = std::move(secret),
                   .previous_secret = from.get<std::string>("previous_secret_key_base"),
                   .metrics_token = std::move(metrics_token),
                   .origins = {.host = from.get<std::string>("host"),
                               .allowed = from.get<std::vector<std::string>>("origins")},
                   .tls = *std::move(tls)}};
}

web::drain_options read_drain_options(const otp::configuration& from) {
  const bool at_once =
      from.contains("stop_signal") && from.get<std::string>("stop_signal") == "SIGINT";
  return {.pre_stop = at_once ? 0ns : from.get<std::chrono::nanoseconds>("pre_stop"),
          .batch = from.get<std::size_t>("drain.batch"),
          .interval = from.get<std::chrono::nanoseconds>("drain.interval"),
          .timeout = from.get<std::chrono::nanoseconds>("drain.timeout")};
}

}  // namespace chatroom
