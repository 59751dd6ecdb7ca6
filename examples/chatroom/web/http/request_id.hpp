// What tells the requests apart in the log, and to whoever asks what became of theirs.
#pragma once

#include "web/http/message.hpp"

#include <string>

namespace chatroom::http {

/// Returns the id that a proxy has given the request in X-Request-Id if that is 20 to 200 letters,
/// digits and signs of `-_.=+/`, else a new one (C-106).
std::string request_id(const headers& of_request);

}  // namespace chatroom::http
