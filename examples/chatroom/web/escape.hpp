// The two ways text leaves this program: into HTML and into JSON. Both are append-only.
#pragma once

#include <string>
#include <string_view>

namespace chatroom::web {

/// Appends `text` so that it is plain text in HTML content and in quoted attribute values:
/// `& < > " '` become character references.
void append_escaped_html(std::string& out, std::string_view text);

/// Appends `text` as a JSON string with its quotes. `text` must be valid UTF-8.
/// `<` and U+2028/9 need no care here: frames are parsed, never evaluated.
void append_json_string(std::string& out, std::string_view text);

std::string escaped_html(std::string_view text);
std::string json_string(std::string_view text);

}  // namespace chatroom::web
