// The chat itself: what can be said, and how everybody hears of it. The one way to publish (C-014).
#pragma once

#include "chat/message.hpp"
#include "repo/repo.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace chatroom::chat {

/// The registered name of the PubSub process.
inline constexpr std::string_view pubsub_name = "chatroom.pubsub";

/// Validates a message, stores it, and tells every subscriber of its room. Returns the stored
/// message, or why it was not stored, for people. What has been returned is on the disk, whether or
/// not anybody could be told.
repo::outcome<message> post(const draft& what);

/// The newest messages of a room, oldest first.
repo::outcome<std::vector<message>> newest_messages(std::int64_t room_id, std::size_t count);

/// Messages of a room with an id above `id`, oldest first.
repo::outcome<std::vector<message>> messages_after(std::int64_t room_id, std::int64_t id,
                                                   std::size_t count);

/// Makes the calling process a subscriber of a room: it gets `otp::shared<message>` for each new
/// message until it ends or PubSub does. Returns false if there is no PubSub at the moment.
bool subscribe(std::int64_t room_id);

}  // namespace chatroom::chat
