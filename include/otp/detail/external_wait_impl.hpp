// How a plain thread waits, and what a runtime does to all its processes at once.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/external_wait.hpp>
#include <otp/detail/parking.hpp>

#include <fmt/format.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <mutex>
#include <stdexcept>
#include <string>

namespace otp::detail {

OTP_DECL external_caller::external_caller(runtime_core& core)
    : core_{core}, process_{claim_slot(core)} {
  process_.external = true;
  // release, as in publish: who finds the mailbox open sees whose it is, and that it is external.
  process_.word.store(process::open_bit | process::run_bit, std::memory_order_release);
}

OTP_DECL external_caller::~external_caller() {
  process_.wait = nullptr;
  finish_for_others(process_);
  free_slot(process_);
}

OTP_DECL void external_caller::wait(wait_record& w) {
  process_.wait = &w;
  const auto start = core_.now();
  const auto expired = [&] {
    return w.timeout != forever && core_.now() - start >= w.timeout.count();
  };
  auto& place = parking_place_of(process_.slot());
  for (;;) {
    take_all();
    if (w.ready) break;
    if (expired()) {
      w.timed_out = true;
      break;
    }
    {
      const std::lock_guard lock{place.mutex};
      process_.notified = false;
    }
    if (!process_.become_idle(true)) continue;
    await_notice(place, w, start);
  }
  process_.wait = nullptr;
}

OTP_DECL void external_caller::take_all() {
  auto* e = process_.take();
  while (e != nullptr) {
    auto& taken = *e;
    e = e->next;
    if (taken.addressee == process_.serial.load(std::memory_order_relaxed) &&
        taken.ops->kind == envelope_kind::reply) {
      taken.ops->run(process_, taken);
    } else {
      taken.ops->discard(taken, reason::noproc);
    }
  }
}

OTP_DECL void external_caller::await_notice(parking_place& place, const wait_record& w,
                                            std::int64_t start) {
  if (core_.outside != nullptr) {
    // Simulated: nobody else moves time or processes.
    const auto limit =
        w.timeout == forever ? std::numeric_limits<std::int64_t>::max() : start + w.timeout.count();
    while (!is_notified(place)) {
      if (core_.now() < limit && core_.outside->drive(limit)) continue;
      if (!process_.claim()) continue;
      if (w.timeout != forever) return;
      throw std::logic_error{
          "otp: this call would never return: it has no timeout, and in the simulation every "
          "process waits for something that will not come"};
    }
    return;
  }
  std::unique_lock lock{place.mutex};
  const auto notified = [this] { return process_.notified; };
  if (w.timeout == forever) {
    place.woken.wait(lock, notified);
    return;
  }
  const auto left = w.timeout - std::chrono::nanoseconds{core_.now() - start};
  if (place.woken.wait_for(lock, left, notified)) return;
  lock.unlock();
  if (process_.claim()) return;
  lock.lock();
  place.woken.wait(lock, notified);  // a sender is between its push and its notice
}

OTP_DECL bool external_caller::is_notified(parking_place& place) const {
  const std::lock_guard lock{place.mutex};
  return process_.notified;
}

OTP_DECL void kill_everyone(runtime_core& core) {
  const auto end = process_arena::instance().high_water();
  for (std::uint32_t slot = 1; slot < end; ++slot) {
    auto& p = process_arena::at(slot);
    // step: slots.kill.serial: acquire shows the runtime of that serial, or of a later one. Read
    // the other way round, the serial could be that of another runtime's process.
    const pid id{0, slot, p.serial.load(std::memory_order_acquire)};
    if (p.owner.load(std::memory_order_relaxed) != &core) continue;  // step: slots.kill.owner
    if (!id || p.word.load(std::memory_order_relaxed) == 0) continue;
    if (!p.mark_killed(id.serial)) continue;
    send_signal<exit_signal>(id, pid{}, reason::kill, false);
  }
}

OTP_DECL pid find_by_count(runtime_core& core, std::uint64_t count) {
  const auto end = process_arena::instance().high_water();
  for (std::uint32_t slot = 1; slot < end; ++slot) {
    auto& p = process_arena::at(slot);
    const pid id{0, slot, p.serial.load(std::memory_order_relaxed)};
    if (p.owner.load(std::memory_order_relaxed) == &core &&
        (id.serial & 0xFFFF'FFFF'FFFFULL) == count) {
      return id;
    }
  }
  return {};
}

OTP_DECL std::string describe_everyone(runtime_core& core) {
  std::string text;
  unsigned named = 0;
  const auto end = process_arena::instance().high_water();
  for (std::uint32_t slot = 1; slot < end && named < 8; ++slot) {
    auto& p = process_arena::at(slot);
    if (p.owner.load(std::memory_order_relaxed) != &core) continue;
    const pid id{0, slot, p.serial.load(std::memory_order_relaxed)};
    if (!id) continue;
    text += fmt::format("{}{}{}", named++ == 0 ? "" : ", ", id,
                        p.word.load(std::memory_order_relaxed) == 0
                            ? " (killed, an operation still holds it)"
                            : "");
  }
  return text;
}

OTP_DECL void abandon_if_unwinding() noexcept {
  auto* const p = current_process();
  if (p != nullptr && (p->unwind.active() || p->finishing)) this_worker()->abandon(*p);
}

}  // namespace otp::detail
