// What every connection of the endpoint needs to know; made once, then only read.
#pragma once

#include "web/endpoint/drain.hpp"
#include "web/endpoint/tls.hpp"
#include "web/http/router.hpp"
#include "web/http/security.hpp"
#include "web/http/token.hpp"
#include "web/live/channel_messages.hpp"
#include <otp/pid.hpp>

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace chatroom::web {

struct endpoint_context {
  http::router site;
  std::shared_ptr<const http::signer> keys;
  http::origin_rules origins;
  std::shared_ptr<traffic> flow;
  /// What connections are accepted with; nullptr: plain TCP.
  std::shared_ptr<tls_in_use> tls;
  /// Strict-Transport-Security of every page; empty: none.
  std::string hsts;
  /// Starts the view process of a join and returns it, or nothing if there is none. An endpoint
  /// without it takes no WebSockets.
  std::function<std::optional<otp::pid>(live::view_start)> start_view;
};

using shared_context = std::shared_ptr<const endpoint_context>;

/// Limits of a connection (C-110, C-133, C-136, C-137).
struct limits {
  static constexpr std::size_t header_bytes = 16 * 1024;
  static constexpr std::size_t target_bytes = 8 * 1024;
  static constexpr std::size_t body_bytes = 1024 * 1024;
  static constexpr std::size_t frame_bytes = 64 * 1024;
  static constexpr std::size_t queued_frames = 1000;
  static constexpr std::size_t queued_bytes = 1024 * 1024;
  static constexpr std::chrono::seconds header_time{10};
  static constexpr std::chrono::seconds body_time{15};
  static constexpr std::chrono::seconds keep_alive{60};
  static constexpr std::chrono::seconds write_time{30};
  static constexpr std::chrono::seconds socket_idle{60};
  static constexpr std::chrono::seconds close_time{2};
};

}  // namespace chatroom::web
