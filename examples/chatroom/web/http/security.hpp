// What a browser is told, and what is asked of it, so that other sites cannot act in its name.
#pragma once

#include "web/http/message.hpp"
#include "web/http/router.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace chatroom::http {

/// Sets the headers that every response has (C-109): content security policy, referrer policy,
/// no content sniffing.
void secure_headers(headers& fields);

/// Returns the router's response to a request, with the security headers.
response answer(const router& site, request from);

/// Which origins may open a WebSocket.
struct origin_rules {
  std::string host{};                  // the public host name; may be empty
  std::vector<std::string> allowed{};  // "https://chat.example.com", "//*.example.com"
  bool check = true;
};

/// Returns whether a WebSocket of this origin is welcome (C-132): no Origin header (not a browser),
/// the request's own Host, the configured host, or an entry of the list.
bool origin_allowed(const origin_rules& rules, const request& upgrade);

/// Returns whether the query of an upgrade asks for version 2.0.x of the channel protocol.
bool vsn_supported(std::string_view query);

}  // namespace chatroom::http
