// How a worker finds work, and is told of it.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/delivery.hpp>
#include <otp/detail/parking.hpp>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <utility>

namespace otp::detail {

// ---- run queues

OTP_DECL void worker::schedule_elsewhere(process& p) {
  if (core_.outside != nullptr) {
    core_.outside->enqueue(p);
    return;
  }
  if (p.suspended && p.home != this) {
    p.home->schedule_from_outside(p);
    return;
  }
  if (auto* const old = put_first(p)) displaced(*old);
  if (!slicing_) request_slice();
}

OTP_DECL void worker::displaced(process& p) {
  if (p.suspended) {
    pinned_.push(p);
  } else {
    schedule_last(p);
  }
}

OTP_DECL void worker::schedule_last(process& p) {
  if (core_.outside != nullptr) {
    core_.outside->enqueue(p);
    return;
  }
  const bool newborn = !p.started;  // read before somebody may have stolen it
  if (!ring_.push(p)) {
    make_room();
    ring_.push(p);
  }
  newborns_ = newborn ? newborns_ + 1 : 0;
  notify_others();
}

OTP_DECL void worker::schedule_newborn(process& p) {
  schedule_last(p);
  if (!plain_ && core_.outside == nullptr && !slicing_) request_slice();
}

/// Moves the older half of the ring to the injector.
OTP_DECL void worker::make_room() {
  const std::lock_guard lock{core_.injector_mutex};
  std::uint32_t moved = 0;
  for (; moved < stealable_ring::capacity / 2; ++moved) {
    auto* const p = ring_.take();
    if (p == nullptr) break;  // thieves were there
    core_.injector.push(*p);
  }
  core_.injected.fetch_add(moved, std::memory_order_relaxed);
  newborns_ = std::min<std::size_t>(newborns_, ring_.size());
}

OTP_DECL void worker::notify_others() {
  if (alone_) return;
  // step: park.publish.fence: the publication of the work comes before the look for sleepers;
  // park.fence is the counterpart. So it is wherever work is published.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (core_.parked.load(std::memory_order_relaxed) == 0) return;
  for (const auto& other : core_.workers) {
    if (other.get() != this && other->parked_.load(std::memory_order_relaxed)) {
      other->wake();
      return;
    }
  }
}

OTP_DECL void worker::schedule_from_outside(process& p) {
  inbox_.push(p);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // step: park.publish.fence
  if (host_clock_) {
    request_slice();
  } else if (parked_.load(std::memory_order_relaxed)) {
    wake();
  }
}

OTP_DECL process* worker::next_in_turn() {
  lifo_streak_ = 0;
  if (core_.outside != nullptr) return core_.outside->pick();
  if (auto* const p = next_in_depth()) return p;
  // The rest of what was there when we came to this queue, then the others, and it once more.
  for (std::size_t i = 0; i <= queues; ++i) {
    if (left_in_queue_ > 0) {
      --left_in_queue_;
      if (auto* const p = take_from(queue_)) return p;
    }
    queue_ = (queue_ + 1) % queues;
    left_in_queue_ = waiting_in(queue_);
  }
  if (auto* const p = empty_lifo()) return p;
  return steal();
}

// A tree of processes that start others is walked depth first: while many newborn wait, those born last
// come first, or else all branches would be open at once, each with the stack of a parent that waits.
// After so many the round goes on by one; then as many of the parents that were woken have a turn, and
// find the messages of all who ran. Few newborn are not preferred: a process that starts its successor
// and ends, again and again, would have all these turns for itself.
OTP_DECL process* worker::next_in_depth() {
  if (receivers_due_ > 0) {
    --receivers_due_;
    if (auto* const p = receivers_.pop()) return p;
    receivers_due_ = 0;
  }
  if (newborns_ <= stealable_ring::most_stolen) return nullptr;
  if (newborn_streak_ == newborn_limit) {
    newborn_streak_ = 0;
    receivers_due_ = std::min(receivers_.size(), newborn_limit);
    return nullptr;
  }
  auto* const p = ring_.take_newest();
  if (p == nullptr) {
    newborns_ = ring_.size();  // the others were stolen
  } else {
    --newborns_;
    ++newborn_streak_;
  }
  return p;
}

// The queues are served in turn, each as long as those last who were there when its turn came: so
// everybody who waits has one turn in each round, wherever he waits.

OTP_DECL std::size_t worker::waiting_in(std::size_t queue) {
  if (queue == ring_queue) return ring_.size();
  if (queue == pinned_queue) {
    inbox_.drain_to(pinned_);
    receivers_.move_to(pinned_);
    return pinned_.size();
  }
  // Our share of them. Rounded up: a single one is for everybody.
  const auto sharing = core_.workers.size();
  return (core_.injected.load(std::memory_order_relaxed) + sharing - 1) / sharing;
}

OTP_DECL process* worker::take_from(std::size_t queue) {
  if (queue == ring_queue) {
    ring_.look_ahead();
    return ring_.take();
  }
  if (queue == pinned_queue) return pinned_.pop();
  if (brought_along_ > 0) {
    --brought_along_;
    if (auto* const p = take_from(ring_queue)) return p;  // else they were stolen
  }
  return take_injected();
}

OTP_DECL process* worker::take_injected() {
  const auto injected = core_.injected.load(std::memory_order_relaxed);
  if (injected == 0) return nullptr;
  // Others shall find some, too; and the ring keeps room for what our own processes wake.
  auto more = std::min<std::size_t>(injected / core_.workers.size(), most_injected);
  if (ring_.size() >= stealable_ring::capacity / 2) more = 0;
  std::uint32_t moved = 0;
  process* first = nullptr;
  {
    const std::lock_guard lock{core_.taking_mutex};
    if (core_.to_take.empty()) {
      const std::lock_guard adding{core_.injector_mutex};
      std::swap(core_.to_take, core_.injector);
    }
    first = core_.to_take.pop();
    if (first == nullptr) return nullptr;
    for (; moved < more && !core_.to_take.empty(); ++moved) {
      // There is room: nobody else pushes.
      ring_.push(*core_.to_take.pop());
    }
    core_.injected.fetch_sub(moved + 1, std::memory_order_relaxed);
  }
  if (moved != 0) {
    newborns_ = 0;  // these have waited longer
    notify_others();
  }
  brought_along_ = moved;
  fetch_mail();  // of who has brought them, from before
  return first;
}

OTP_DECL process* worker::steal() {
  const auto count = core_.workers.size();
  for (std::size_t i = 1; i < count; ++i) {
    auto& victim = *core_.workers[(index_ + i) % count];
    const auto taken = victim.ring_.steal_half(stolen_);
    if (taken == 0) continue;
    for (std::uint32_t k = 1; k < taken; ++k) ring_.push(*stolen_[k]);  // it was empty
    newborns_ = 0;
    if (taken > 1) notify_others();
    return stolen_[0];
  }
  return nullptr;
}

// ---- slots and serials

OTP_DECL std::uint32_t worker::take_slot() {
  if (slots_.empty()) process_arena::instance().take(slots_);
  const auto slot = slots_.back();
  slots_.pop_back();
  return slot;
}

OTP_DECL void worker::give_slot(std::uint32_t slot) {
  slots_.push_back(slot);
  if (slots_.size() >= 4 * process_arena::group) {
    process_arena::instance().give(slots_, 2 * process_arena::group);
  }
}

OTP_DECL std::uint64_t worker::take_serial() {
  if (next_serial_ == last_serial_) {
    constexpr std::uint64_t block = 1024;
    next_serial_ = core_.serial_block(block);
    last_serial_ = next_serial_ + block;
  }
  return next_serial_++;
}

// ---- scheduling from anywhere

OTP_DECL bool worker::is_asleep() const noexcept {
  return host_clock_ != nullptr || parked_.load(std::memory_order_relaxed);
}

OTP_DECL std::size_t worker::queued() const noexcept {
  return ring_.size() + (lifo_.load(std::memory_order_relaxed) != nullptr ? 1 : 0);
}

OTP_DECL void schedule(process& p) {
  auto& core = p.core();
  if (p.external) {
    auto& place = parking_place_of(p.slot());
    const std::lock_guard lock{place.mutex};
    p.notified = true;
    place.woken.notify_all();
    return;
  }
  auto* const here = this_worker();
  if (here != nullptr && &here->core() == &core) {
    here->schedule(p);
    return;
  }
  if (core.outside != nullptr) {
    core.outside->enqueue(p);
    return;
  }
  // A plain thread. The mutex keeps the runtime alive until we are out: the process cannot end
  // before it has run, and the destructor takes this mutex after the last process has ended.
  const std::lock_guard lock{core.injector_mutex};
  if (p.suspended) {
    p.home->schedule_from_outside(p);
    return;
  }
  core.injector.push(p);
  core.injected.fetch_add(1, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_seq_cst);  // step: park.publish.fence
  for (const auto& w : core.workers) {
    if (w->is_asleep()) {
      w->wake();
      return;
    }
  }
}

}  // namespace otp::detail
