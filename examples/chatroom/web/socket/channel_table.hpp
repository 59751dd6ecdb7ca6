// Which channels one WebSocket carries, and what each message means for them.
//
// A pure state machine: frames and news of the channel processes go in, actions come out. The
// transport process performs them and decides nothing.
#pragma once

#include "web/socket/frame.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

namespace chatroom::web {

/// One incarnation of a channel. A topic that is joined again gets a new one, so that late news of
/// the old process cannot be taken for news of the new one.
enum class channel_id : std::uint64_t {};

namespace channel_action {

/// Write this text frame to the client.
struct send {
  std::string text;
};
/// Start the process of a channel; it must answer with `join_accepted` or `join_refused`.
struct start {
  channel_id id;
  std::string topic;
  boost::json::object payload;
};
/// Hand an event to the process of a channel; it must answer with `reply`.
struct deliver {
  channel_id id;
  std::optional<std::string> ref;
  std::string event;
  boost::json::object payload;
};
/// Stop the process of a channel; nothing more is wanted from it.
struct stop {
  channel_id id;
};
/// Close the connection.
struct close {
  close_code code;
  std::string reason;
};

}  // namespace channel_action

using action = std::variant<channel_action::send, channel_action::start, channel_action::deliver,
                            channel_action::stop, channel_action::close>;
using actions = std::vector<action>;

/// The channels of one WebSocket (C-138).
class channel_table {
 public:
  static constexpr std::size_t max_topics = 100;

  /// A frame arrived. Heartbeats are answered here, whatever the channels are doing (C-135).
  actions receive(frame message);

  /// The process has mounted: answers the join, then sends what was pushed meanwhile.
  actions join_accepted(channel_id id, std::string_view response_json);

  /// The process refuses the join: answers it with an error and forgets the channel.
  actions join_refused(channel_id id, std::string_view response_json);

  /// The process answers the event that carried `ref`.
  actions reply(channel_id id, const std::optional<std::string>& ref,
                std::string_view response_json);

  /// The process has news for the page. Held back until the join is answered.
  actions push(channel_id id, std::string_view event, std::string_view payload_json);

  /// The process is gone although nobody asked it to go. Whatever its reason, the client is told
  /// `phx_error`, because only that makes it join again; `phx_close` would leave a dead page.
  actions crashed(channel_id id);

  /// The process has sent a redirect and has ended: the client expects `phx_close`.
  actions closed(channel_id id);

  std::size_t size() const { return by_topic_.size(); }

 private:
  struct channel {
    std::string topic;
    std::string join_ref;
    bool joined = false;
    std::vector<std::string> held_back;
  };

  actions join(frame message);
  actions leave(const frame& message);
  channel* find(channel_id id);
  void forget(channel_id id);

  std::uint64_t last_id_ = 0;
  std::unordered_map<std::string, channel_id> by_topic_;
  std::map<channel_id, channel> channels_;
};

}  // namespace chatroom::web
