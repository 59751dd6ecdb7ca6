// How a timer is armed, fired, cancelled and given back.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/delivery.hpp>
#include <otp/detail/populate.hpp>
#include <otp/detail/timer_cell.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <utility>

namespace otp::detail {

OTP_DECL void timer_cell::adopted(worker& here) {
  // step: timer.adopt.cas: release: a canceller may hand the cell over once more.
  if (advance(serial(), in_transit, armed)) {
    here.arm(*this, due_at.load(std::memory_order_relaxed));
    return;
  }
  here.disarm(*this);
  release();
}

OTP_DECL timer_cells& timer_cells::instance() {
  static auto* const cells = new timer_cells;
  return *cells;
}

OTP_DECL timer_cell& timer_cells::take() {
  if (auto* const here = this_worker()) return here->take_timer();
  const std::lock_guard lock{mutex_};
  if (free_.empty()) open_chunk();
  auto* const cell = free_.back();
  free_.pop_back();
  return *cell;
}

OTP_DECL void timer_cells::give(timer_cell& cell) noexcept {
  if (auto* const here = this_worker()) return here->give_timer(cell);
  const std::lock_guard lock{mutex_};
  free_.push_back(&cell);
}

OTP_DECL void timer_cells::take(std::vector<timer_cell*>& cells) {
  const std::lock_guard lock{mutex_};
  if (free_.size() < group) open_chunk();
  cells.insert(cells.end(), free_.end() - group, free_.end());
  free_.resize(free_.size() - group);
}

OTP_DECL void timer_cells::give(std::vector<timer_cell*>& cells, std::size_t count) noexcept {
  const std::lock_guard lock{mutex_};
  const auto first = cells.end() - static_cast<std::ptrdiff_t>(count);
  free_.insert(free_.end(), first, cells.end());
  cells.erase(first, cells.end());
}

OTP_DECL void timer_cells::open_chunk() {
  if (chunks_.size() == chunks_.capacity()) {
    chunks_.reserve(2 * chunks_.size() + 1);
    free_.reserve(chunks_.capacity() * chunk);  // there is room for all: giving cannot fail
  }
  constexpr std::size_t size = chunk * sizeof(timer_cell);
  auto* const memory = ::operator new (size, std::align_val_t{alignof(timer_cell)});
  if (!chunks_.empty()) populate(memory, size);
  auto* const opened = static_cast<timer_cell*>(memory);
  std::uninitialized_value_construct_n(opened, chunk);
  chunks_.push_back(opened);
  for (std::size_t i = chunk; i != 0; --i) free_.push_back(opened + (i - 1));
}

OTP_DECL std::mutex& timer_cells::cancelling(const worker* owner) noexcept {
  return cancelling_[reinterpret_cast<std::uintptr_t>(owner) / alignof(worker) %
                     cancelling_.size()];
}

OTP_DECL std::size_t timer_cells::in_use() const {
  const std::lock_guard lock{mutex_};
  std::size_t count = 0;
  for (const auto* const cells : chunks_) {
    for (std::size_t i = 0; i < chunk; ++i) {
      const auto state = cells[i].state.load(std::memory_order_relaxed);
      count += timer_cell::phase_of(state) != timer_cell::over ? 1 : 0;
    }
  }
  return count;
}

OTP_DECL void timer_cell::release() noexcept {
  if (message != nullptr) {
    auto& unsent = *std::exchange(message, nullptr);
    unsent.ops->discard(unsent, reason::noproc);
  }
  callback = nullptr;
  rare.reset();
  const auto serial = serial_of(state.load(std::memory_order_relaxed));
  // step: timer.release.state: whoever still knows the old serial finds that its timer is over.
  state.store((serial + 1) << phase_bits | over, std::memory_order_release);
  timer_cells::instance().give(*this);  // step: timer.release.give
}

OTP_DECL void timer_cell::fire_cell(wheel_entry& entry, worker& here) {
  auto& cell = static_cast<timer_cell&>(entry);
  if (cell.rare && cell.rare->interval != 0) return cell.fire_again(here);
  // Lost: the canceller's request to unlink is on its way and will release the cell.
  if (!cell.advance(cell.serial(), armed, over)) return;  // step: timer.fire.cas
  if (cell.callback != nullptr) {
    cell.callback(cell.context);
  } else {
    pid target{0, cell.target_slot.load(std::memory_order_relaxed),
               cell.target_serial.load(std::memory_order_relaxed)};
    if (cell.rare) target = here.core().names.find(cell.rare->target_name);  // P-097
    if (auto* const p = process_arena::find(target)) {
      auto& message = *std::exchange(cell.message, nullptr);
      message.addressee = target.serial;
      deliver(*p, message);
    }
  }
  cell.release();
}

OTP_DECL void timer_cell::fire_again(worker& here) {
  if (phase_of(state.load(std::memory_order_acquire)) != armed) return;  // cancelled, as above
  const pid target{0, target_slot.load(std::memory_order_relaxed),
                   target_serial.load(std::memory_order_relaxed)};
  auto* const p = process_arena::find(target);
  if (p == nullptr) {
    if (advance(serial(), armed, over)) release();  // P-105
    return;
  }
  auto& sent = *rare->copy(*message);
  sent.addressee = target.serial;
  deliver(*p, sent);
  const auto last = due_at.load(std::memory_order_relaxed);
  const auto again =
      last + std::min(rare->interval, std::numeric_limits<std::int64_t>::max() / 2 - last);
  due_at.store(again, std::memory_order_relaxed);
  here.arm(*this, again);  // if it is cancelled meanwhile, the canceller's request unlinks it
}

OTP_DECL armed_timer arm_cell(runtime_core& core, timer_cell& cell, std::int64_t delay) {
  const auto now = core.now();
  cell.due_at.store(now + std::min(delay, std::numeric_limits<std::int64_t>::max() / 2 - now),
                    std::memory_order_relaxed);
  cell.fire = &timer_cell::fire_cell;
  const auto serial = cell.serial();
  auto* const here = this_worker();
  if (here != nullptr && &here->core() == &core) {
    cell.owner.store(here, std::memory_order_relaxed);
    // release: whoever cancels it by its serial sees the owner and the target.
    cell.state.store(serial << timer_cell::phase_bits | timer_cell::armed,
                     std::memory_order_release);
    here->arm(cell, cell.due_at.load(std::memory_order_relaxed));
  } else {
    auto& owner = *core.workers.front();
    cell.owner.store(&owner, std::memory_order_relaxed);
    // step: timer.arm.state: before the worker looks at it.
    cell.state.store(serial << timer_cell::phase_bits | timer_cell::in_transit,
                     std::memory_order_release);
    owner.hand_over(cell);
  }
  return {&cell, serial};
}

OTP_DECL std::optional<std::int64_t> time_left(const armed_timer& timer, std::int64_t now) {
  auto& cell = *timer.cell;
  // acquire: the target below is the one of this timer, or of a later one, whose serial differs.
  const auto state = cell.state.load(std::memory_order_acquire);
  const auto phase = timer_cell::phase_of(state);
  if (timer_cell::serial_of(state) != timer.serial ||
      (phase != timer_cell::in_transit && phase != timer_cell::armed)) {
    return std::nullopt;
  }
  const pid target{0, cell.target_slot.load(std::memory_order_relaxed),
                   cell.target_serial.load(std::memory_order_relaxed)};
  if (target && !process_arena::is_there(target)) return std::nullopt;  // P-095
  return std::max<std::int64_t>(cell.due_at.load(std::memory_order_relaxed) - now, 0);
}

OTP_DECL std::optional<std::int64_t> cancel_cell(const armed_timer& timer, std::int64_t now) {
  auto& cell = *timer.cell;
  const auto left = time_left(timer, now);
  // step: timer.cancel.transit: whoever wins this CAS or the next decides; the serial tells one
  // life of the cell from another.
  auto* const owner = cell.owner.load(std::memory_order_relaxed);
  if (cell.advance(timer.serial, timer_cell::in_transit, timer_cell::dropped)) return left;
  // step: timer.cancel.armed
  const auto wins = [&] {
    return cell.advance(timer.serial, timer_cell::armed, timer_cell::cancelled);
  };
  if (this_worker() == owner) {
    if (!wins()) return std::nullopt;
    owner->disarm(cell);
    cell.release();
  } else {
    const std::lock_guard lock{timer_cells::instance().cancelling(owner)};
    if (!wins()) return std::nullopt;
    owner->hand_over(cell);
  }
  return left;
}

}  // namespace otp::detail
