// Waiting for the processes that a killed supervisor has left behind.
#pragma once

#include <otp/child_spec.hpp>

#include <string>
#include <vector>

namespace chatroom {

/// A child that starts nothing. A supervisor that is killed leaves its children to stop by
/// themselves, and its successor may come before they have; as the first child of that, this one
/// waits until nobody holds `names`.
otp::child_spec predecessors(std::string id, std::vector<std::string> names);

}  // namespace chatroom
