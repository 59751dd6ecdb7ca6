// The history of the schema. A migration that has been released is never changed.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace chatroom::repo {

struct migration {
  std::int64_t version;
  std::string_view name;
  std::span<const std::string_view> statements;
};

inline constexpr std::array<std::string_view, 4> create_rooms_and_messages{
    R"(CREATE TABLE rooms (
         id          INTEGER PRIMARY KEY,
         slug        TEXT NOT NULL UNIQUE,
         name        TEXT NOT NULL,
         inserted_at INTEGER NOT NULL))",
    // AUTOINCREMENT: an id is the order of the room and is never used twice.
    R"(CREATE TABLE messages (
         id          INTEGER PRIMARY KEY AUTOINCREMENT,
         room_id     INTEGER NOT NULL REFERENCES rooms (id),
         author      TEXT NOT NULL,
         body        TEXT NOT NULL,
         inserted_at INTEGER NOT NULL))",
    "CREATE INDEX messages_by_room ON messages (room_id, id)",
    "INSERT INTO rooms (id, slug, name, inserted_at) VALUES (1, 'lobby', 'Lobby', 0)",
};

/// All migrations, oldest first. Times are milliseconds since 1970 UTC.
inline constexpr std::array<migration, 1> migrations{
    migration{20261122000001, "create rooms and messages", create_rooms_and_messages}};

}  // namespace chatroom::repo
