// The live view process: one chat page of one browser tab.
#pragma once

#include "web/live/channel_messages.hpp"

#include <otp/child_spec.hpp>

namespace chatroom::pages {

/// Returns the spec of a view process: temporary, for a dynamic supervisor. The view mounts by
/// itself and reports to its transport; it ends with the transport.
otp::child_spec chat_view_child(live::view_start start);

}  // namespace chatroom::pages
