// The endpoint: everything between the network and the chat.
//
//   chatroom.endpoint             supervisor, rest_for_one
//     chatroom.endpoint.views       one live view process per topic
//     chatroom.endpoint.sockets     one process per connection
//     chatroom.endpoint.listener    owns the port
//     chatroom.endpoint.static      makes the files of the page ready
//     chatroom.endpoint.acceptors   take connections from the port
//     chatroom.endpoint.drainer     sends everybody away before the program stops
//
// With TLS there is, before the acceptors, chatroom.endpoint.certificate, which reads the certificate
// again at SIGHUP; and if there is a port for those who come without, chatroom.endpoint.redirect.*,
// a listener with acceptors of its own.
//
// Nobody is let in before all is ready: a newcomer waits at the port meanwhile. Stopped in reverse:
// nobody new comes in, then the sockets say goodbye, then the views end.
#pragma once

#include "web/endpoint/drain.hpp"
#include "web/endpoint/listener.hpp"
#include "web/endpoint/tls.hpp"
#include "web/http/security.hpp"
#include <otp/child_spec.hpp>
#include <otp/result.hpp>
#include <otp/telemetry_poller.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatroom::web {

inline constexpr std::string_view endpoint_name = "chatroom.endpoint";
inline constexpr std::string_view views_name = "chatroom.endpoint.views";
inline constexpr std::string_view sockets_name = "chatroom.endpoint.sockets";
inline constexpr std::string_view listener_name = "chatroom.endpoint.listener";
inline constexpr std::string_view static_cache_name = "chatroom.endpoint.static";
inline constexpr std::string_view acceptors_name = "chatroom.endpoint.acceptors";
inline constexpr std::string_view certificate_name = "chatroom.endpoint.certificate";
inline constexpr std::string_view redirect_listener_name = "chatroom.endpoint.redirect.listener";
inline constexpr std::string_view redirect_acceptors_name = "chatroom.endpoint.redirect.acceptors";
inline constexpr std::string_view drainer_name = "chatroom.endpoint.drainer";

struct tls_options {
  tls_files files;
  std::chrono::seconds hsts{0};  // how long browsers are to insist on HTTPS; 0: they are not told
  std::uint16_t redirect_port =
      0;  // sends those who come without TLS to where there is; 0: no port
};

struct endpoint_options {
  listen_options listen;
  std::string secret;           // signs cookies and tokens
  std::string previous_secret;  // still believed; may be empty
  std::string metrics_token;    // may read /metrics; empty: there is no such page
  http::origin_rules origins;
  std::optional<tls_options> tls{};  // nothing: plain HTTP
};

/// Returns the spec of the endpoint, serving the chat's site. With TLS the certificate is read now;
/// the error is one sentence about what is wrong with it (C-302).
otp::result<otp::child_spec, std::string> endpoint_child(const endpoint_options& options);

/// Event chatroom.endpoint.processes: how many `connections` and `views` there are.
std::vector<otp::telemetry_measurement> endpoint_measurements();

}  // namespace chatroom::web
