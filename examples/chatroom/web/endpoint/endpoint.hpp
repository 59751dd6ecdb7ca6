// The endpoint: everything between the network and the chat.
//
//   chatroom.endpoint           supervisor, rest_for_one
//     chatroom.endpoint.views     one live view process per topic
//     chatroom.endpoint.sockets   one process per connection
//     chatroom.endpoint.listener  accepts connections
//
// Stopped in reverse: nobody new comes in, then the sockets say goodbye, then the views end.
#pragma once

#include "web/endpoint/listener.hpp"

#include <otp/child_spec.hpp>

#include <string>
#include <vector>

namespace chatroom::web {

struct endpoint_options {
  listen_options listen;
  std::string secret;           // signs cookies and tokens
  std::string previous_secret;  // still believed; may be empty
  http::origin_rules origins;
};

/// Returns the spec of the endpoint, serving the chat's site.
otp::child_spec endpoint_child(const endpoint_options& options);

}  // namespace chatroom::web
