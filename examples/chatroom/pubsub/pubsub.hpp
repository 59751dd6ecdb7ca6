// How everybody hears of new messages.
//
// Supervised as
//   chatroom.pubsub                  rest_for_one
//     chatroom.pubsub.predecessors   waits until a killed one's processes are gone, then is ignored
//     chatroom.pubsub.topics         who has subscribed to what
//     chatroom.pubsub.follower       announces what other programs have stored
#pragma once

#include <otp/child_spec.hpp>

namespace chatroom::pubsub {

/// The spec of all of it, for the application's supervisor; it needs the repo.
otp::child_spec child();

}  // namespace chatroom::pubsub
