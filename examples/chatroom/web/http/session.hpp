// The cookie session: who a browser is between requests, signed and not secret; and the CSRF
// tokens that belong to it.
#pragma once

#include "web/http/message.hpp"
#include "web/http/token.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace chatroom::http {

/// How long a session, and a page made under it, is believed.
inline constexpr std::chrono::seconds session_age = std::chrono::days{14};

struct session {
  std::string id;           // random; live pages are bound to it
  std::string csrf_secret;  // random; never leaves the cookie unmasked
  std::string name;         // the chat name, empty before the visitor has joined

  bool operator==(const session&) const = default;
};

/// Makes a session for a browser that brought none.
session new_session();

/// Reads the session from the Cookie header. Nothing if there is none or it is not ours.
std::optional<session> read_session(const signer& keys, const headers& fields,
                                    seconds_since_epoch now);

/// Adds the Set-Cookie header: HttpOnly, SameSite=Lax, Path=/, and Secure if `secure`.
void write_session(const signer& keys, headers& fields, const session& value,
                   seconds_since_epoch now, bool secure);

/// Returns a token to put into a page. Every call returns another one (masked, so that compressed
/// pages do not give the secret away); all are good as long as the session lives.
std::string csrf_token(const session& of);

/// Returns whether `token` was made for this session.
bool csrf_valid(const session& of, std::string_view token);

/// Returns the value of one cookie of a Cookie header, or nothing.
std::optional<std::string_view> find_cookie(std::string_view header, std::string_view name);

}  // namespace chatroom::http
