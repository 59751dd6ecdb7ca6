// Signed tokens: what the server gives to a browser and believes when it comes back.
//
// A token is readable by its holder and cannot be changed. It is bound to a purpose (a token for
// one use is worthless for another) and carries the time of its making.
#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace chatroom::http {

using seconds_since_epoch = std::chrono::sys_seconds;

/// Signs and verifies with HMAC-SHA256 under a key derived from a secret and the purpose.
class signer {
 public:
  /// `previous`, if not empty, is a secret whose tokens are still believed: for key rotation.
  explicit signer(std::string secret, std::string previous = {});

  std::string sign(std::string_view purpose, std::string_view payload,
                   seconds_since_epoch now) const;

  /// Returns the payload, or nothing if the token is malformed, altered, made for another purpose,
  /// older than `max_age`, or from the future. The comparison takes the same time for every forgery.
  std::optional<std::string> verify(std::string_view purpose, std::string_view token,
                                    seconds_since_epoch now, std::chrono::seconds max_age) const;

 private:
  std::string secret_;
  std::string previous_;
};

/// Returns `bytes` bytes of the system's randomness in base64url without padding.
std::string random_token(std::size_t bytes);

std::string base64url(std::string_view bytes);
/// Nothing unless `text` is base64url without padding in its one canonical form.
std::optional<std::string> from_base64url(std::string_view text);

/// Returns the SHA-256 of `bytes` in base64url.
std::string sha256(std::string_view bytes);

/// Compares in a time that depends on the lengths only.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace chatroom::http
