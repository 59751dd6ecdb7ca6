// Sending a request and waiting for its answer: in a process it suspends, on a plain thread it
// blocks. Also where a call that would close a circle of waiting processes is found.
#pragma once

#include <otp/detail/call_envelope.hpp>
#include <otp/detail/external_wait.hpp>
#include <otp/error.hpp>
#include <otp/result.hpp>

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

namespace otp::detail {

inline std::uint64_t edge_to(const pid& target) noexcept {
  return std::uint64_t{target.slot} << 32 | (target.serial & 0xFFFF'FFFFU);
}

/// The process that an edge leads to, while it still is that one.
inline process* follow(std::uint64_t edge) noexcept {
  if (edge == 0) return nullptr;
  auto& p = process_arena::at(static_cast<std::uint32_t>(edge >> 32));
  const auto serial = p.serial.load(std::memory_order_relaxed);
  return serial != 0 && (serial & 0xFFFF'FFFFU) == (edge & 0xFFFF'FFFFU) ? &p : nullptr;
}

/// How people know a process: its first name, else its pid.
inline std::string display_name(runtime_core& core, const pid& id) {
  for (const auto& [name, holder] : core.names.all()) {
    if (holder == id) return name;
  }
  return fmt::to_string(id);
}

/// Whether `self`, which waits for `target` from now on, would wait for itself.
/// Each caller publishes its edge before it pushes its request, and looks after: of two calls that
/// cross, at least one sees the other.
inline bool closes_circle(const process& self, const pid& target) noexcept {
  auto* p = process_arena::find(target);
  for (int steps = 0; p != nullptr && steps < 64; ++steps) {
    if (p == &self) return true;
    p = follow(p->waits_on.load(std::memory_order_acquire));
  }
  return false;
}

inline std::string describe_circle(process& self, const pid& target) {
  auto& core = self.core();
  auto text = "deadlock: " + display_name(core, self.id());
  auto* p = process_arena::find(target);
  for (int steps = 0; p != nullptr && steps < 64; ++steps) {
    text += " → " + display_name(core, p->id());
    if (p == &self) break;
    p = follow(p->waits_on.load(std::memory_order_acquire));
  }
  return text;
}

/// What became of a wait for an answer.
struct answer_outcome {
  envelope* reply = nullptr;  ///< The answered envelope; the caller frees it.
  exit_reason failure;        ///< Without a reply: why.
};

inline answer_outcome outcome_of(call_wait& w) {
  if (w.reply != nullptr) return {std::exchange(w.reply, nullptr), {}};
  if (w.ready) return {nullptr, std::move(w.failure)};
  return {nullptr, reason::timeout};
}

/// Makes a request with `make(caller, call_ref)`, pushes it with `push(envelope)`, and waits up to
/// `timeout` for the answer. `target` is who is expected to answer.
template <class Make, class Push>
answer_outcome await_answer(runtime_core& core, const pid& target, std::chrono::nanoseconds timeout,
                            Make&& make, Push&& push) {
  auto* const here = this_worker();
  call_wait w;
  w.timeout = timeout;
  if (here == nullptr || &here->core() != &core) {
    if (here != nullptr) {
      throw std::logic_error{
          "otp: a blocking call into another runtime would stop this one's thread: use a "
          "completion token"};
    }
    external_caller caller{core};
    w.call_ref = ++caller.self().call_ref;
    push(make(caller.self(), w.call_ref));
    caller.wait(w);
    return outcome_of(w);
  }
  auto* const self = here->current();
  if (self == nullptr) {
    throw std::logic_error{
        "otp: a blocking call in an Asio handler would stop a scheduler thread: use a completion "
        "token, or call from a process"};
  }
  here->charge(*self);
  w.call_ref = ++self->call_ref;
  if (target == self->id()) return {nullptr, reason::deadlock};
  self->waits_on.store(edge_to(target), std::memory_order_relaxed);
  push(make(*self, w.call_ref));  // its CAS is a full barrier between our edge and our look
  if (closes_circle(*self, target)) {
    auto circle = describe_circle(*self, target);
    self->waits_on.store(0, std::memory_order_relaxed);
    ++self->call_ref;
    return {nullptr, exit_reason::from_call(reason::deadlock, std::move(circle), "")};
  }
  here->suspend(*self, w);
  self->waits_on.store(0, std::memory_order_relaxed);
  return outcome_of(w);
}

}  // namespace otp::detail
