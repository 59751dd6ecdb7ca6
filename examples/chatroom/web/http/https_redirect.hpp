// Where a browser that came without TLS is sent.
#pragma once

#include "web/http/router.hpp"

#include <cstdint>
#include <string>

namespace chatroom::http {

/// Returns the routes of a site that answers everything with the same address over HTTPS, for good
/// (308). `host` is the public name; if it is empty, the name that was asked for is kept. A request
/// without a usable name is 400.
router https_redirect(std::string host, std::uint16_t port);

}  // namespace chatroom::http
