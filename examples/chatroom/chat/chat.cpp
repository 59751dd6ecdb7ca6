#include "chat/chat.hpp"

#include "chat/rules.hpp"
#include <otp/log.hpp>
#include <otp/pubsub.hpp>
#include <otp/telemetry.hpp>

#include <fmt/format.h>

#include <chrono>
#include <stdexcept>

namespace chatroom::chat {
namespace {

const otp::name<otp::pubsub> pubsub{std::string{pubsub_name}};

std::string topic(std::int64_t room_id) { return fmt::format("room:{}", room_id); }

}  // namespace

repo::outcome<message> post(const draft& what) {
  const checked name = check_name(what.author);
  if (!name) return otp::failure{repo::query_error{"the name " + name.reason}};
  const checked body = check_body(what.body);
  if (!body) return otp::failure{repo::query_error{body.reason}};
  const auto now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now());
  auto stored = repo::insert_message(lobby, {name.value, body.value}, now);
  if (!stored) return stored;
  announce(*stored);
  otp::telemetry::execute("chatroom.message.posted", {{"count", 1}}, {{"room", lobby}});
  return stored;
}

void announce(const message& stored) {
  try {
    otp::broadcast(pubsub, topic(stored.room_id), stored);
  } catch (const std::invalid_argument&) {
    // No PubSub at this moment. The message is committed; subscribers catch up when it is back.
    otp::log::warning("message {} was stored while nobody could be told", stored.id);
  }
}

repo::outcome<std::vector<message>> newest_messages(std::int64_t room_id, std::size_t count) {
  return repo::newest_messages(room_id, count);
}

repo::outcome<std::vector<message>> messages_after(std::int64_t room_id, std::int64_t id,
                                                   std::size_t count) {
  return repo::messages_after(room_id, id, count);
}

bool subscribe(std::int64_t room_id) {
  try {
    otp::subscribe(pubsub, topic(room_id));
    return true;
  } catch (const std::invalid_argument&) {
    return false;
  }
}

bool enter(std::int64_t room_id, std::string_view name) {
  return bool{presence::track(otp::this_process::self(), topic(room_id), name)};
}

void leave(std::int64_t room_id, std::string_view name) {
  // If there is no Presence, nobody knows of us there.
  static_cast<void>(presence::untrack(otp::this_process::self(), topic(room_id), name));
}

std::optional<otp::shared<presence::entries>> people(std::int64_t room_id) {
  auto listed = presence::list(topic(room_id));
  if (!listed) return {};
  return *std::move(listed);
}

}  // namespace chatroom::chat
