// A room that other programs write to as well: two chatrooms use one file while one replaces the other.
#pragma once

#include "chat/message.hpp"

#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace chatroom::repo {

/// Tells apart what this program has stored, of which everybody here hears from whoever stored it,
/// and what others have. Shared by the processes of the repo, and outlives them. Any thread.
class followed_room {
 public:
  using listener = std::function<void(const chat::message&)>;

  /// `heard` is told of messages of others. It may be told of a message of this program too, if that
  /// is found in the file before this program knows that it is stored.
  followed_room(std::int64_t id, listener heard) : id_{id}, heard_{std::move(heard)} {}

  std::int64_t id() const { return id_; }

  /// Before anybody reads the room: what is in it is no news. Later calls change nothing.
  void starts_after(std::int64_t message_id) {
    const std::lock_guard lock{mutex_};
    if (!seen_) seen_ = message_id;
  }

  /// Everything up to this message has been found.
  std::int64_t seen() const {
    const std::lock_guard lock{mutex_};
    return seen_.value_or(0);
  }

  /// This program has stored that message.
  void stored_here(std::int64_t message_id) {
    const std::lock_guard lock{mutex_};
    if (message_id > seen_.value_or(0)) own_.insert(message_id);
  }

  /// These are in the file after what was `seen`, oldest first.
  void found(const std::vector<chat::message>& news) {
    for (const chat::message& one : news) {
      if (!is_own(one.id)) heard_(one);
    }
  }

 private:
  bool is_own(std::int64_t message_id) {
    const std::lock_guard lock{mutex_};
    seen_ = message_id;
    return own_.erase(message_id) > 0;
  }

  const std::int64_t id_;
  const listener heard_;
  mutable std::mutex mutex_;
  std::optional<std::int64_t> seen_;
  std::set<std::int64_t> own_;  // stored here and not yet found
};

}  // namespace chatroom::repo
