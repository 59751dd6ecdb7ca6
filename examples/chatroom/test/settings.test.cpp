// The settings and what production refuses.
#include "settings.hpp"

#include "support/catch.hpp"

#include <chrono>
#include <map>
#include <string>

using namespace chatroom;

namespace {

otp::result<settings, std::string> read(std::map<std::string, std::string> environment) {
  const otp::configuration_spec spec{.program = "chatroom", .keys = configuration_keys()};
  otp::config_inputs inputs;
  inputs.environment = std::move(environment);
  const auto parsed = otp::parse_configuration(spec, inputs);
  REQUIRE(parsed);
  return read_settings(parsed->values);
}

}  // namespace

TEST_CASE("the defaults serve 127.0.0.1:4000 with five connections") {
  const auto found = read({});
  REQUIRE(found);
  CHECK(found->endpoint.listen.address == "127.0.0.1");
  CHECK(found->endpoint.listen.port == 4000);
  CHECK(found->repo.path == "chat.db");
  CHECK(found->repo.pool_size == 5);
  CHECK_FALSE(found->endpoint.secret.empty());
}

TEST_CASE("the variables of the Phoenix app are understood") {
  const auto found = read({{"PORT", "4010"},
                           {"DATABASE_PATH", "/tmp/x.db"},
                           {"POOL_SIZE", "3"},
                           {"PHX_HOST", "chat.example.com"},
                           {"SECRET_KEY_BASE", std::string(64, 's')}});
  REQUIRE(found);
  CHECK(found->endpoint.listen.port == 4010);
  CHECK(found->repo.path == "/tmp/x.db");
  CHECK(found->repo.pool_size == 3);
  CHECK(found->endpoint.origins.host == "chat.example.com");
  CHECK(found->endpoint.secret == std::string(64, 's'));
}

TEST_CASE("a token for the metrics is long, or there is none") {
  CHECK(read({})->endpoint.metrics_token.empty());
  CHECK(read({{"METRICS_TOKEN", std::string(16, 'm')}})->endpoint.metrics_token ==
        std::string(16, 'm'));
  const auto refused = read({{"METRICS_TOKEN", "short"}});
  REQUIRE_FALSE(refused);
  CHECK(refused.error().find("METRICS_TOKEN has 5 bytes") != std::string::npos);
}

TEST_CASE(
    "production refuses to start without a secret, with a short one, and with the known one") {
  CHECK_FALSE(read({{"CHATROOM_MODE", "production"}}));
  CHECK_FALSE(read({{"SECRET_KEY_BASE", "short"}}));
  const std::string known = read({})->endpoint.secret;
  CHECK_FALSE(read({{"CHATROOM_MODE", "production"}, {"SECRET_KEY_BASE", known}}));
  CHECK(read({{"CHATROOM_MODE", "production"}, {"SECRET_KEY_BASE", std::string(64, 's')}}));
}

TEST_CASE("[C-117] TLS has both its files, and nothing of it stands alone") {
  CHECK_FALSE(read({})->endpoint.tls);
  const auto found = read({{"TLS_CERTIFICATE", "/c.pem"},
                           {"TLS_KEY", "/k.pem"},
                           {"TLS_HSTS", "24h"},
                           {"HTTP_REDIRECT_PORT", "8080"}});
  REQUIRE(found);
  REQUIRE(found->endpoint.tls);
  CHECK(found->endpoint.tls->files.certificate == "/c.pem");
  CHECK(found->endpoint.tls->files.key == "/k.pem");
  CHECK(found->endpoint.tls->hsts == std::chrono::hours{24});
  CHECK(found->endpoint.tls->redirect_port == 8080);

  CHECK_FALSE(read({{"TLS_CERTIFICATE", "/c.pem"}}));
  CHECK_FALSE(read({{"TLS_KEY", "/k.pem"}}));
  CHECK_FALSE(read({{"TLS_HSTS", "24h"}}));
  CHECK_FALSE(read({{"HTTP_REDIRECT_PORT", "8080"}}));
  CHECK_FALSE(read({{"TLS_CERTIFICATE", "/c.pem"},
                    {"TLS_KEY", "/k.pem"},
                    {"HTTP_REDIRECT_PORT", "8080"},
                    {"PORT", "0"}}));
}
