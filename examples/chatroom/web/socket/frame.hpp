// The Phoenix Channels V2 text frame: [join_ref, ref, topic, event, payload].
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <boost/json/object.hpp>

namespace chatroom::web {

/// WebSocket close codes that this server sends. Never 1000: the LiveView client answers that
/// with a page reload instead of a reconnect.
enum class close_code : std::uint16_t {
  going_away = 1001,
  unsupported_data = 1003,
  invalid_data = 1007,
  policy_violation = 1008,
  too_big = 1009,
  restart = 1012,
  overloaded = 1013,
};

/// One frame from a client. Refs are opaque strings.
struct frame {
  std::optional<std::string> join_ref;
  std::optional<std::string> ref;
  std::string topic;
  std::string event;
  boost::json::object payload;
};

/// Why a frame cannot be understood, and how the connection is to be closed for it.
struct bad_frame {
  close_code code;
  std::string reason;
};

/// Nesting deeper than this is refused before anything is built from it.
inline constexpr std::size_t max_nesting = 64;
inline constexpr std::size_t max_ref_bytes = 128;
inline constexpr std::size_t max_name_bytes = 512;  // of a topic or an event

/// Parses one text frame. Members beyond the fifth are ignored. Never throws for any input.
std::variant<frame, bad_frame> decode(std::string_view text);

/// Writes a message that is not an answer. `payload_json` is a JSON object.
std::string encode_push(std::string_view join_ref, std::string_view topic, std::string_view event,
                        std::string_view payload_json);

/// Writes a `phx_reply`. `status` is "ok" or "error"; `response_json` is a JSON object.
std::string encode_reply(const std::optional<std::string>& join_ref,
                         const std::optional<std::string>& ref, std::string_view topic,
                         std::string_view status, std::string_view response_json);

/// Writes `phx_error` or `phx_close`, whose ref repeats the join_ref.
std::string encode_end(std::string_view join_ref, std::string_view topic, std::string_view event,
                       std::string_view payload_json);

}  // namespace chatroom::web
