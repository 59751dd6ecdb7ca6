#include "pubsub/pubsub.hpp"

#include "chat/chat.hpp"
#include "predecessors.hpp"
#include "pubsub/follower.hpp"
#include <otp/child.hpp>
#include <otp/pubsub.hpp>
#include <otp/supervisor.hpp>

#include <string>

namespace chatroom::pubsub {

otp::child_spec child() {
  const std::string topics{chat::pubsub_name};
  const std::string follows = "chatroom.pubsub.follower";
  // Subscriptions are lost with the process that knows them: the follower subscribes again.
  return otp::child(otp::supervisor_spec{
      .name = "chatroom.pubsub",
      .strategy = otp::strategy::rest_for_one,
      .children = {predecessors("chatroom.pubsub.predecessors", {topics, follows}),
                   otp::child<otp::pubsub>({.name = topics}),
                   otp::child<follower>({.name = follows}, room{.subscribe = chat::subscribe,
                                                                .newest = chat::newest_messages,
                                                                .after = chat::messages_after,
                                                                .announce = chat::announce})}});
}

}  // namespace chatroom::pubsub
