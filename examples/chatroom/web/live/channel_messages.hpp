// What the process of a WebSocket and the processes of its live views say to each other.
#pragma once

#include "web/http/session.hpp"
#include "web/live/join.hpp"

#include <otp/pid.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace chatroom::web {
enum class channel_id : std::uint64_t;
}

namespace chatroom::live {

/// With what a view is started.
struct view_start {
  otp::pid transport;       // whom it answers; when that is gone, the view has no page any more
  web::channel_id channel;  // what it calls itself when it answers
  http::session session;    // of the browser, as it was when the WebSocket was opened
  join_request join;
};

// From the transport to the view.

/// The user did something. To be answered with `replied` and the same ref.
struct happened {
  std::optional<std::string> ref;
  event what;
};

// From the view to the transport. The strings are JSON objects.

/// The view shows itself: the response of the join.
struct mounted {
  web::channel_id channel;
  std::string response;
};

/// The answer to `happened`.
struct replied {
  web::channel_id channel;
  std::optional<std::string> ref;
  std::string response;
};

/// News for the page that nobody asked for.
struct pushed {
  web::channel_id channel;
  std::string event;
  std::string payload;
};

}  // namespace chatroom::live
