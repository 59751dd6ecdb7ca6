// The chat itself: what can be said, how everybody hears of it, and who is there. The one way to publish (C-014).
#pragma once

#include "chat/message.hpp"
#include "presence/presence.hpp"
#include "repo/repo.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace chatroom::chat {

/// The registered name of the process that knows who has subscribed.
inline constexpr std::string_view pubsub_name = "chatroom.pubsub.topics";

/// Validates a message, stores it, and tells every subscriber of its room. Returns the stored
/// message, or why it was not stored, for people. What has been returned is on the disk, whether or
/// not anybody could be told.
repo::outcome<message> post(const draft& what);

/// Tells every subscriber of its room of a message that is stored, by this program or another one.
void announce(const message& stored);

/// The newest messages of a room, oldest first.
repo::outcome<std::vector<message>> newest_messages(std::int64_t room_id, std::size_t count);

/// Messages of a room with an id above `id`, oldest first.
repo::outcome<std::vector<message>> messages_after(std::int64_t room_id, std::int64_t id,
                                                   std::size_t count);

/// Makes the calling process a subscriber of a room: it gets `otp::shared<message>` for each new
/// message, and `otp::shared<presence::news>` when people come and go, until it ends or PubSub does.
/// Returns false if there is no PubSub at the moment.
bool subscribe(std::int64_t room_id);

/// The calling process is a tab of this person in the room, until it ends or Presence does. Returns
/// false if there is no Presence at the moment.
bool enter(std::int64_t room_id, std::string_view name);
/// It is not any more.
void leave(std::int64_t room_id, std::string_view name);

/// Who is in the room: a meta for each tab, by name. Nothing if there is no Presence at the moment.
std::optional<otp::shared<presence::entries>> people(std::int64_t room_id);

}  // namespace chatroom::chat
