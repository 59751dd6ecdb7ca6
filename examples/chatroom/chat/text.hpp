// Text as people count it: code points, white space and valid UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace chatroom::text {

/// Returns whether `bytes` is well-formed UTF-8 (no overlong forms, no surrogates).
bool is_valid_utf8(std::string_view bytes);

/// Returns `bytes` with every ill-formed sequence replaced by U+FFFD, so that the result is valid.
std::string to_valid_utf8(std::string_view bytes);

/// Returns the number of code points of valid UTF-8. Nothing is normalised: an "e" followed by a
/// combining accent counts as two, a flag made of two regional letters counts as two (C-005).
std::size_t code_points(std::string_view utf8);

/// Returns `utf8` without leading and trailing Unicode white space. A view into the argument.
std::string_view trim(std::string_view utf8);

/// Returns whether `utf8` holds a C0 or C1 control character or DEL.
bool has_control_characters(std::string_view utf8);

/// Returns up to `count` upper-case initials of a name, for an avatar: "ada lovelace" gives "AL".
/// ASCII letters are raised; other scripts stay as they are.
std::string initials(std::string_view name, std::size_t count = 2);

}  // namespace chatroom::text
