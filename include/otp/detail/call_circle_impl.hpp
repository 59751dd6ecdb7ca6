// How a circle of calls is found and left.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/call_circle.hpp>

#include <fmt/format.h>

#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace otp::detail {

OTP_DECL std::vector<std::uint64_t> circle_edges(const process& self) {
  std::vector<std::uint64_t> edges;
  const auto* p = &self;
  while (edges.size() < longest_circle) {
    // seq_cst, as is the store of one's own edge before: of all callers in a circle the last one, in
    // that one order, sees the edges of all others.
    edges.push_back(p->waits_on.load(std::memory_order_seq_cst));
    p = end_of_edge(edges.back());
    if (p == &self) return edges;
    if (p == nullptr) break;
  }
  return {};
}

OTP_DECL std::string display_name(runtime_core& core, const pid& id) {
  for (const auto& [name, holder] : core.names.all()) {
    if (holder == id) return name;
  }
  return pid_text(id);
}

OTP_DECL std::optional<std::string> leave_circle(process& self) {
  auto& core = self.core();
  std::vector<std::uint64_t> circle;
  {
    const std::lock_guard lock{
        core.circles_mutex};  // of two that found the same circle, one leaves
    circle = circle_edges(self);
    for (auto again = circle_edges(self); again != circle; again = circle_edges(self)) {
      circle = std::move(again);  // somebody went on, who will look himself when he waits again
    }
    if (circle.empty()) return std::nullopt;
    self.waits_on.store(0, std::memory_order_relaxed);
  }
  auto text = display_name(core, self.id());
  for (const auto edge : circle) {
    if (const auto* const p = end_of_edge(edge)) text += " → " + display_name(core, p->id());
  }
  return text;
}

}  // namespace otp::detail
