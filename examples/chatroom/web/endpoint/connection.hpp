// The process of one TCP connection: HTTP requests one after the other, and after an upgrade the
// transport of one WebSocket with all its channels.
#pragma once

#include "web/endpoint/context.hpp"
#include "web/endpoint/socket_descriptor.hpp"
#include <otp/child_spec.hpp>

namespace chatroom::web {

/// Returns the spec of a connection process: temporary, for a dynamic supervisor. The socket is
/// given to the first process that is started from it.
otp::child_spec connection_child(socket_descriptor socket, shared_context context);

}  // namespace chatroom::web
