// A chat message as it is stored, broadcast and shown.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

namespace chatroom::chat {

/// Milliseconds since 1970-01-01 UTC: the precision in which messages are stamped.
using timestamp = std::chrono::sys_time<std::chrono::milliseconds>;

/// The room that every visitor is in. Rooms are rows of the table `rooms`.
inline constexpr std::int64_t lobby = 1;

/// What a person asks to be posted; not yet validated.
struct draft {
  std::string author;
  std::string body;

  bool operator==(const draft&) const = default;
};

/// A committed message. `id` is given by the database and is the order of the room.
struct message {
  std::int64_t id = 0;
  std::int64_t room_id = lobby;
  std::string author;
  std::string body;
  timestamp sent_at{};

  bool operator==(const message&) const = default;
};

}  // namespace chatroom::chat
