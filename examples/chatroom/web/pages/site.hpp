// The routes of the site: the chat page, the session, the page's files, the health check, and the
// numbers for Prometheus.
#pragma once

#include "chat/message.hpp"
#include "presence/tracker.hpp"
#include "web/http/router.hpp"
#include "web/http/static_files.hpp"
#include "web/http/token.hpp"
#include <otp/shared.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace chatroom::pages {

/// What the site needs from the rest of the program. The functions run in the process that
/// serves the request and may wait.
struct site_services {
  std::shared_ptr<const http::signer> keys;
  /// The files of the pages; never nullptr.
  std::function<std::shared_ptr<const http::static_files>()> files;
  /// The newest messages of the lobby, oldest first; nothing if they cannot be read.
  std::function<std::optional<std::vector<chat::message>>(const http::request&)> history;
  /// Who is in the lobby; nothing if that is not known now.
  std::function<std::optional<otp::shared<presence::entries>>()> people;
  /// Why nobody should be sent here now; empty if all is well.
  std::function<std::vector<std::string>()> obstacles;
  std::function<http::seconds_since_epoch()> now;
  /// Whoever shows this as a bearer token may read /metrics; if it is empty, there is no such page.
  std::string metrics_token{};
  /// The text of that page; nothing if it cannot be had now.
  std::function<std::optional<std::string>()> metrics{};
};

/// Returns the router of the whole site.
http::router make_site(site_services services);

}  // namespace chatroom::pages
