// A child as its supervisor's state machine keeps it, and what a list of them says.
#pragma once

#include <otp/child_info.hpp>
#include <otp/child_spec.hpp>
#include <otp/detail/restart_delay.hpp>
#include <otp/detail/supervision.hpp>
#include <otp/pid.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace otp::detail {

struct supervised_child {
  child_spec spec;
  pid process{};
  child_state state = child_state::stopped;
  supervision::retry_ticket retry{};  // the latest one: it is on its way while restarting
  restart_delay delay{};

  child_info info() const {
    return {spec.id, process, state, spec.type, spec.restart, spec.shutdown};
  }
};

// Newest first (V-068).
inline std::vector<child_info> list_children(std::span<const supervised_child> children) {
  std::vector<child_info> infos;
  infos.reserve(children.size());
  for (auto it = children.rbegin(); it != children.rend(); ++it) infos.push_back(it->info());
  return infos;
}

inline child_counts count_children(std::span<const supervised_child> children) {
  child_counts counts;
  for (const supervised_child& each : children) {
    ++counts.specs;
    ++(each.spec.type == child_type::supervisor ? counts.supervisors : counts.workers);
    if (each.state == child_state::running) ++counts.active;
  }
  return counts;
}

template <class Predicate>
std::optional<std::size_t> find_child(std::span<const supervised_child> children,
                                      Predicate is_it) {
  const auto found = std::find_if(children.begin(), children.end(), is_it);
  if (found == children.end()) return std::nullopt;
  return static_cast<std::size_t>(found - children.begin());
}

}  // namespace otp::detail
