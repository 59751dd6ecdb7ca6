// What a browser says when it joins a view or does something in it, decoded and checked.
#pragma once

#include "web/http/session.hpp"
#include "web/http/token.hpp"
#include "web/http/uri.hpp"

#include <optional>
#include <string>
#include <string_view>

#include <boost/json/fwd.hpp>

namespace chatroom::live {

/// The payload of a `phx_join`.
struct join_request {
  std::string url;
  bool redirected = false;  // navigated here from another page over the same socket
  std::string session_token;
  http::form params;
};

join_request decode_join(const boost::json::object& payload);

/// The payload of an `event`: what the user did. A form's fields, or the `phx-value-…` attributes
/// of what was clicked.
struct event {
  std::string type;  // "click", "form", ...
  std::string name;  // the value of the phx- attribute
  http::form fields;
  std::string target;  // of a form change: the name of the changed field
};

/// Nothing if the payload is not of that form.
std::optional<event> decode_event(const boost::json::object& payload);

/// Returns the token for `data-phx-session`: it lets the browser with this cookie session join the
/// topic `lv:<view_id>`, for as long as a session lasts.
std::string sign_view(const http::signer& keys, std::string_view view_id,
                      const http::session& owner, http::seconds_since_epoch now);

/// Who is joining: from the cookie of the WebSocket's upgrade and its `_csrf_token`.
struct visitor {
  std::optional<http::session> session;  // nothing: no cookie, or not one of ours
  bool csrf_valid = false;
};

/// Returns an empty string if the join is allowed, else the response of the refusal (C-139).
///
/// "stale" makes the client load the page at once, so it is said only where that cures the matter:
/// an old token, or a session that has been replaced. A browser that brought no cookie at all may
/// refuse to keep one; it gets another error, after which the client waits before it reloads.
std::string check_join(const http::signer& keys, std::string_view topic,
                       const join_request& request, const visitor& from,
                       http::seconds_since_epoch now);

}  // namespace chatroom::live
