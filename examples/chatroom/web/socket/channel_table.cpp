#include "web/socket/channel_table.hpp"

#include <utility>

namespace chatroom::web {

using namespace channel_action;

namespace {

constexpr std::string_view unmatched_topic = R"({"reason":"unmatched topic"})";

send error_reply(const std::optional<std::string>& join_ref, const frame& message,
                 std::string_view response) {
  return {encode_reply(join_ref, message.ref, message.topic, "error", response)};
}

}  // namespace

actions channel_table::receive(frame message) {
  if (message.topic == "phoenix" && message.event == "heartbeat") {
    return {send{encode_reply(std::nullopt, message.ref, message.topic, "ok", "{}")}};
  }
  if (message.event == "phx_join") return join(std::move(message));
  if (message.event == "phx_leave") return leave(message);
  const auto known = by_topic_.find(message.topic);
  if (known == by_topic_.end()) return {error_reply(std::nullopt, message, unmatched_topic)};
  const channel_id id = known->second;
  // A message for an earlier incarnation of the channel: its sender has moved on.
  if (message.join_ref && message.join_ref != channels_.at(id).join_ref) return {};
  return {deliver{id, std::move(message.ref), std::move(message.event), std::move(message.payload)}};
}

actions channel_table::join(frame message) {
  if (!message.ref) return {close{close_code::policy_violation, "phx_join needs a ref"}};
  if (!message.topic.starts_with("lv:")) {
    return {error_reply(message.ref, message, unmatched_topic)};
  }
  actions out;
  if (const auto old = by_topic_.find(message.topic); old != by_topic_.end()) {
    const channel_id id = old->second;
    out.push_back(stop{id});
    out.push_back(send{encode_end(channels_.at(id).join_ref, message.topic, "phx_close", "{}")});
    forget(id);
  } else if (size() >= max_topics) {
    return {error_reply(message.ref, message, R"({"reason":"too many channels joined"})")};
  }
  const channel_id id{++last_id_};
  by_topic_.emplace(message.topic, id);
  channels_.emplace(id, channel{message.topic, *message.ref, false, {}});
  out.push_back(start{id, std::move(message.topic), std::move(message.payload)});
  return out;
}

actions channel_table::leave(const frame& message) {
  const auto known = by_topic_.find(message.topic);
  if (known == by_topic_.end()) {
    return {send{encode_reply(message.join_ref, message.ref, message.topic, "ok", "{}")}};
  }
  const channel_id id = known->second;
  const std::string join_ref = channels_.at(id).join_ref;
  if (message.join_ref && message.join_ref != join_ref) return {};
  forget(id);
  return {stop{id}, send{encode_reply(join_ref, message.ref, message.topic, "ok", "{}")},
          send{encode_end(join_ref, message.topic, "phx_close", "{}")}};
}

actions channel_table::join_accepted(channel_id id, std::string_view response_json) {
  channel* const found = find(id);
  if (found == nullptr || found->joined) return {};
  found->joined = true;
  actions out{send{
      encode_reply(found->join_ref, found->join_ref, found->topic, "ok", response_json)}};
  for (std::string& text : std::exchange(found->held_back, {})) {
    out.push_back(send{std::move(text)});
  }
  return out;
}

actions channel_table::join_refused(channel_id id, std::string_view response_json) {
  const channel* const found = find(id);
  if (found == nullptr || found->joined) return {};
  actions out{send{
      encode_reply(found->join_ref, found->join_ref, found->topic, "error", response_json)}};
  forget(id);
  return out;
}

actions channel_table::reply(channel_id id, const std::optional<std::string>& ref,
                             std::string_view response_json) {
  const channel* const found = find(id);
  if (found == nullptr || !ref) return {};
  return {send{encode_reply(found->join_ref, ref, found->topic, "ok", response_json)}};
}

actions channel_table::push(channel_id id, std::string_view event, std::string_view payload_json) {
  channel* const found = find(id);
  if (found == nullptr) return {};
  std::string text = encode_push(found->join_ref, found->topic, event, payload_json);
  if (found->joined) return {send{std::move(text)}};
  found->held_back.push_back(std::move(text));
  return {};
}

actions channel_table::crashed(channel_id id) {
  const channel* const found = find(id);
  if (found == nullptr) return {};
  if (!found->joined) return join_refused(id, R"({"reason":"join crashed"})");
  actions out{send{encode_end(found->join_ref, found->topic, "phx_error",
                              R"({"reason":"channel_crash"})")}};
  forget(id);
  return out;
}

actions channel_table::closed(channel_id id) {
  const channel* const found = find(id);
  if (found == nullptr) return {};
  actions out{send{encode_end(found->join_ref, found->topic, "phx_close", "{}")}};
  forget(id);
  return out;
}

channel_table::channel* channel_table::find(channel_id id) {
  const auto found = channels_.find(id);
  return found == channels_.end() ? nullptr : &found->second;
}

void channel_table::forget(channel_id id) {
  const auto found = channels_.find(id);
  by_topic_.erase(found->second.topic);
  channels_.erase(found);
}

}  // namespace chatroom::web
