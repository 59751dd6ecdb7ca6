// The settings of the chatroom: what can be set, and what the parts of the program make of it.
#pragma once

#include "repo/repo.hpp"
#include "web/endpoint/endpoint.hpp"

#include <otp/configuration.hpp>

#include <string>
#include <vector>

namespace chatroom {

/// All keys with their defaults and variables. The variables are those of the Phoenix app (C-301).
std::vector<otp::config_key> configuration_keys();

struct settings {
  repo::settings repo;
  web::endpoint_options endpoint;
};

/// Reads the settings. In production a secret of one's own is required: the error is one sentence
/// that says what to do.
otp::result<settings, std::string> read_settings(const otp::configuration& from);

/// Reads how the endpoint takes its leave. After SIGINT nobody waits for `pre_stop` (C-304).
web::drain_options read_drain_options(const otp::configuration& from);

}  // namespace chatroom
