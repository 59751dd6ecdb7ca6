#include "application.hpp"

#include "chat/chat.hpp"
#include "presence/presence.hpp"
#include "pubsub/pubsub.hpp"
#include "repo/repo.hpp"
#include "settings.hpp"
#include "telemetry/telemetry.hpp"
#include "web/endpoint/certificate.hpp"
#include "web/endpoint/endpoint.hpp"
#include <otp/child.hpp>
#include <otp/log.hpp>
#include <otp/process.hpp>

#include <string>
#include <utility>

namespace chatroom {

std::vector<otp::config_key> application::configuration() { return configuration_keys(); }

otp::result<otp::supervisor_spec> application::start(otp::start_type) {
  auto settings = read_settings(get_all_env());
  if (!settings) return otp::failure{otp::exit_reason{settings.error()}};
  auto endpoint = web::endpoint_child(settings->endpoint);
  if (!endpoint) return otp::failure{otp::exit_reason{endpoint.error()}};
  auto periodic = web::endpoint_measurements();
  periodic.push_back(repo::pool_measurement());
  return otp::supervisor_spec{
      .name = "chatroom.supervisor",
      .strategy = otp::strategy::one_for_one,
      .children = {telemetry::child(std::move(periodic)), repo::child(settings->repo),
                   pubsub::child(),
                   otp::child<presence::server>({.name = std::string{presence::server_name},
                                                 .pubsub = std::string{chat::pubsub_name}}),
                   *std::move(endpoint)}};
}

void application::prep_stop() { web::drain(read_drain_options(get_all_env())); }

void application::config_change(const otp::config_changes& what) {
  bool other_certificate = false;
  for (const auto& [key, value] : what.changed) {
    if (key == "tls.certificate" || key == "tls.key") {
      other_certificate = true;
      continue;
    }
    // Read when they are needed; everything else is read at the start.
    if (key == "pre_stop" || key.starts_with("drain.")) continue;
    otp::log::warning("{} has changed; that takes effect at the next start", key);
  }
  if (!other_certificate) return;
  const auto settings = read_settings(get_all_env());
  if (settings && settings->endpoint.tls && otp::whereis(web::certificate_name)) {
    web::change_certificate(settings->endpoint.tls->files);
  } else {
    otp::log::warning("TLS is turned on and off at the next start only");
  }
}

}  // namespace chatroom
