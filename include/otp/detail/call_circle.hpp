// Finding processes that wait for each other in a circle, the moment the last of them begins to.
//
// Each caller publishes whom it waits for (its edge), then pushes its request, then follows the
// edges from there. Whoever completes a circle sees all of it. Two that complete it at the same time
// both see it: then one gives way, which opens the circle for the others. Whoever answers a call, or
// takes the right to answer it elsewhere (otp::from), removes the caller's edge first (S7).
#pragma once

#include <otp/detail/process_arena.hpp>
#include <otp/detail/runtime_core.hpp>
#include <otp/pid.hpp>

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace otp::detail {

// An edge: 24 bits of the slot, 24 of the serial, 16 of the number of the call. The number makes each
// wait a value of its own, so that a process that was seen with the same edge twice waited all the
// time between.
static_assert(process_arena::capacity <= std::size_t{1} << 24);

inline std::uint64_t edge_to(const pid& target, std::uint64_t call = 0) noexcept {
  return std::uint64_t{target.slot} << 40 | (target.serial & 0xFF'FFFFU) << 16 | (call & 0xFFFFU);
}

/// The process that an edge leads to, while it still is that one.
inline process* end_of_edge(std::uint64_t edge) noexcept {
  if (edge == 0) return nullptr;
  auto& p = process_arena::at(static_cast<std::uint32_t>(edge >> 40));
  const auto serial = p.serial.load(std::memory_order_relaxed);
  return serial != 0 && (serial & 0xFF'FFFFU) == (edge >> 16 & 0xFF'FFFFU) ? &p : nullptr;
}

inline constexpr int longest_circle = 64;

/// Whether `self` seems to wait for itself. The edges are read one after another: a process may have
/// gone on meanwhile.
inline bool seems_in_circle(const process& self) noexcept {
  const auto* p = &self;
  for (int steps = 0; steps < longest_circle; ++steps) {
    // Ordered after the push of our request, so that of two calls that cross one sees the other.
    p = end_of_edge(p->waits_on.load(std::memory_order_seq_cst));
    if (p == &self) return true;
    if (p == nullptr) return false;
  }
  return false;
}

/// The edges of the circle that begins and ends with `self`; empty when there is none.
std::vector<std::uint64_t> circle_edges(const process& self);

/// How people know a process: its first name, else its pid.
std::string display_name(runtime_core& core, const pid& id);

/// If `self` waits for itself, it stops waiting, and the circle is returned as text: `a → b → a`.
std::optional<std::string> leave_circle(process& self);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/call_circle_impl.hpp>
#endif
