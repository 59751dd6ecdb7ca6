// How a worker finds work, looks after time, sleeps and is woken.
#pragma once

#include <otp/detail/asio_loop.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/detail/worker.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <mutex>
#include <utility>
#include <vector>

#if defined(__x86_64__) || defined(__i386__)
#include <immintrin.h>
#endif

namespace otp::detail {

inline void relax_cpu() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  _mm_pause();
#endif
}

inline worker::worker(runtime_core& core, unsigned index)
    : core_{core},
      index_{index},
      io_{std::make_unique<asio::io_context>(1)},
      io_work_{asio::make_work_guard(*io_)},
      executor_{io_->get_executor()},
      wheel_{core.now()} {}

inline worker::worker(runtime_core& core, unsigned index, asio::any_io_executor host)
    : core_{core}, index_{index}, executor_{std::move(host)}, wheel_{core.now()} {
  host_timer_.emplace(executor_);
}

// ---- carrying

inline void worker::enter_thread() {
  auto& thread = this_thread();
  thread.worker = this;
  thread.blocks = &blocks_;
  carrying_loop_ = innermost_asio_loop();
}

inline void worker::leave_thread(const thread_state& before) {
  auto& thread = this_thread();
  thread.worker = before.worker;
  thread.blocks = before.blocks;
}

inline void worker::run_thread() {
  enter_thread();
  loop_ = fresh_fiber();
  fiber ended = std::move(loop_).resume();
  retire();
  leave_thread({});
}

inline bool worker::run_slice(bool bounded) {
  const auto before = this_thread();
  enter_thread();
  slicing_ = true;
  bounded_slice_ = bounded;
  if (bounded) slice_start_ = core_.now();
  if (!loop_) loop_ = fresh_fiber();
  loop_ = std::move(loop_).resume();
  leave_thread(before);
  return landed_ != nullptr || new_waits_ != nullptr || work_visible() ||
         lifo_.load(std::memory_order_relaxed) != nullptr;
}

/// All idle fibers leave through their loop; none is destroyed while suspended.
inline void worker::retire() {
  // No process waits any more: what is left in the wheel are cells, whose references outlive us.
  adopt_handed_over();
  wheel_.expire(std::numeric_limits<std::int64_t>::max(),
                [](timer_node& node) { static_cast<timer_cell&>(node).drop(); });
  exit_fiber_ = true;
  if (loop_) std::move(loop_).resume();
  while (!idle_.empty()) {
    fiber next = std::move(idle_.back());
    idle_.pop_back();
    std::move(next).resume();
  }
  process_arena::instance().give(slots_, slots_.size());
}

inline void worker::retire_guest() {
  const auto before = this_thread();
  enter_thread();
  retire();
  leave_thread(before);
}

inline void worker::drive_host() {
  using context_executor = asio::io_context::executor_type;
  asio::io_context* host = nullptr;
  if (auto* const direct = executor_.target<context_executor>()) {
    host = &direct->context();
  } else if (auto* const strand = executor_.target<asio::strand<context_executor>>()) {
    host = &strand->get_inner_executor().context();
  }
  if (!host_timer_ || host == nullptr) return;
  const bool stopped = host->stopped();
  if (stopped) host->restart();
  host->poll();
  // As it was: running out of work stops a context by itself.
  if (stopped) {
    host->stop();
  } else if (host->stopped()) {
    host->restart();
  }
}

inline void worker::stop() {
  if (io_) asio::post(*io_, [] {});
}

inline void worker::trim_fibers() {
  if (idle_.size() <= idle_fibers_kept) return;
  fiber saved = std::move(native_);
  exit_fiber_ = true;
  while (idle_.size() > idle_fibers_kept) {
    fiber next = std::move(idle_.back());
    idle_.pop_back();
    std::move(next).resume();
  }
  exit_fiber_ = false;
  native_ = std::move(saved);
}

// ---- run queues

inline void worker::schedule(process& p) {
  if (core_.outside != nullptr) {
    core_.outside->enqueue(p);
    return;
  }
  if (p.suspended && p.home != this) {
    p.home->schedule_from_outside(p);
    return;
  }
  // What was just woken runs next, with its data still in the cache.
  if (auto* const old = swap_lifo(&p)) displaced(*old);
  if (host_timer_ && !slicing_) request_slice();
}

/// The slot is atomic because a worker that watches may empty it; without one a plain swap will do.
inline process* worker::swap_lifo(process* p) noexcept {
  if (core_.workers.size() > 1) return lifo_.exchange(p, std::memory_order_acq_rel);
  auto* const old = lifo_.load(std::memory_order_relaxed);
  lifo_.store(p, std::memory_order_relaxed);
  return old;
}

inline void worker::displaced(process& p) {
  if (p.suspended) {
    pinned_.push(p);
  } else {
    schedule_last(p);
  }
}

inline void worker::schedule_last(process& p) {
  if (core_.outside != nullptr) {
    core_.outside->enqueue(p);
    return;
  }
  if (!ring_.push(p)) {
    const std::lock_guard lock{core_.injector_mutex};
    core_.injector.push(p);
    core_.injected.fetch_add(1, std::memory_order_relaxed);
  }
  notify_others();
}

inline void worker::notify_others() {
  // Orders the publication of the work before the look for sleepers; park() has the counterpart.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (core_.parked.load(std::memory_order_relaxed) == 0) return;
  for (const auto& other : core_.workers) {
    if (other.get() != this && other->parked_.load(std::memory_order_relaxed)) {
      other->wake();
      return;
    }
  }
}

inline void worker::schedule_from_outside(process& p) {
  inbox_.push(p);
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (host_timer_) {
    request_slice();
  } else if (parked_.load(std::memory_order_relaxed)) {
    wake();
  }
}

inline void worker::wake() {
  if (!io_) {
    request_slice();
    return;
  }
  if (parked_.exchange(false, std::memory_order_acq_rel)) {
    core_.parked.fetch_sub(1, std::memory_order_relaxed);
    asio::post(*io_, [] {});
  }
}

inline process* worker::next() {
  if (lifo_streak_ < lifo_limit && lifo_.load(std::memory_order_relaxed) != nullptr) {
    if (auto* const p = swap_lifo(nullptr)) {
      ++lifo_streak_;
      return p;
    }
  }
  lifo_streak_ = 0;
  if (core_.outside != nullptr) return core_.outside->pick();
  for (int i = 0; i < 3; ++i) {
    switch (source_++ % 3) {
      case 0:
        if (auto* const p = ring_.take()) return p;
        break;
      case 1:
        inbox_.drain_to(pinned_);
        if (auto* const p = pinned_.pop()) return p;
        break;
      default:
        if (core_.injected.load(std::memory_order_relaxed) != 0) {
          const std::lock_guard lock{core_.injector_mutex};
          if (auto* const p = core_.injector.pop()) {
            core_.injected.fetch_sub(1, std::memory_order_relaxed);
            return p;
          }
        }
    }
  }
  if (auto* const p = swap_lifo(nullptr)) return p;
  return steal();
}

inline process* worker::steal() {
  const auto count = core_.workers.size();
  for (std::size_t i = 1; i < count; ++i) {
    auto& victim = *core_.workers[(index_ + i) % count];
    auto* const p = victim.ring_.take();
    if (p == nullptr) continue;
    for (auto more = victim.ring_.size() / 2; more > 0; --more) {
      auto* const extra = victim.ring_.take();
      if (extra == nullptr || !ring_.push(*extra)) {
        if (extra != nullptr) schedule_last(*extra);
        break;
      }
    }
    return p;
  }
  return nullptr;
}

// ---- sleeping

inline bool worker::work_visible() {
  if (core_.stopping.load(std::memory_order_relaxed)) return true;
  if (!pinned_.empty() || !inbox_.empty()) return true;
  if (core_.injected.load(std::memory_order_relaxed) != 0) return true;
  if (handed_over_.load(std::memory_order_relaxed) != nullptr) return true;
  for (const auto& w : core_.workers) {
    if (w->ring_.size() != 0) return true;
  }
  return false;
}

inline void worker::park() {
  // A futex round trip between threads costs microseconds, a look some nanoseconds.
  for (int i = 0; i < 64; ++i) {
    if (work_visible()) return;
    relax_cpu();
  }
  trim_fibers();
  parked_.store(true, std::memory_order_relaxed);
  core_.parked.fetch_add(1, std::memory_order_relaxed);
  // Either we see the work that was published, or its publisher sees us parked.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!work_visible()) block();
  if (parked_.exchange(false, std::memory_order_acq_rel)) {
    core_.parked.fetch_sub(1, std::memory_order_relaxed);
  }
  just_woken_ = true;
}

inline void worker::block() {
  const auto due = wheel_.next_due();
  auto limit = std::chrono::nanoseconds::max();
  if (due) limit = std::chrono::nanoseconds{std::max<std::int64_t>(*due - core_.now(), 0)};

  const auto everyone_parked = [&] {
    return core_.parked.load(std::memory_order_relaxed) >= core_.workers.size();
  };
  if (core_.workers.size() > 1 && !everyone_parked() &&
      !core_.watched.exchange(true, std::memory_order_acq_rel)) {
    // The watcher: once a millisecond, takes what waits behind a handler that makes no progress.
    std::vector<std::uint32_t> turns(core_.workers.size());
    for (std::size_t i = 0; i < turns.size(); ++i) {
      turns[i] = core_.workers[i]->turns_.load(std::memory_order_relaxed);
    }
    io_->run_one_for(std::min<std::chrono::nanoseconds>(limit, std::chrono::milliseconds{1}));
    for (std::size_t i = 0; i < turns.size(); ++i) {
      auto& other = *core_.workers[i];
      if (&other == this || other.turns_.load(std::memory_order_relaxed) != turns[i]) continue;
      if (other.parked_.load(std::memory_order_relaxed)) continue;
      if (auto* const p = other.lifo_.exchange(nullptr, std::memory_order_acq_rel)) {
        if (p->suspended) {
          p->home->schedule_from_outside(*p);
        } else {
          pinned_.push(*p);
        }
      }
    }
    core_.watched.store(false, std::memory_order_release);
    return;
  }
  if (limit == std::chrono::nanoseconds::max()) {
    io_->run_one();
  } else {
    io_->run_one_for(limit);
  }
}

// ---- time

inline void worker::maybe_poll() {
  if (core_.now() - last_poll_ >= poll_interval) poll();
}

inline bool worker::poll() {
  const auto now = core_.now();
  last_poll_ = now;
  adopt_handed_over();
  while (new_waits_ != nullptr) {
    auto& w = *new_waits_;
    new_waits_ = w.new_next;
    if (new_waits_ != nullptr) new_waits_->new_prev = nullptr;
    w.in_new_list = false;
    w.fire = [](wheel_entry& entry, worker& here) {
      auto& waiting = static_cast<wait_record&>(entry);
      waiting.timed_out = true;
      if (waiting.owner->claim()) here.schedule(*waiting.owner);
    };
    // Clamped: about three centuries from now is never.
    const auto most = std::chrono::nanoseconds{std::numeric_limits<std::int64_t>::max() / 2 - now};
    arm(w, now + std::min(w.timeout, most).count());
  }
  auto happened = wheel_.expire(now, [this](timer_node& node) {
    auto& entry = static_cast<wheel_entry&>(node);
    entry.fire(entry, *this);
  });
  if (io_) happened += io_->poll();
  return happened != 0 || landed_ != nullptr;
}

inline void worker::arm(wheel_entry& entry, std::int64_t due) {
  entry.due = due;
  entry.sequence = timer_sequence_++;
  wheel_.insert(entry);
}

inline void worker::disarm(wheel_entry& entry) {
  if (entry.linked()) wheel_.erase(entry);
}

inline void worker::forget_timeout(wait_record& w) {
  if (w.in_new_list) {
    (w.new_prev == nullptr ? new_waits_ : w.new_prev->new_next) = w.new_next;
    if (w.new_next != nullptr) w.new_next->new_prev = w.new_prev;
    w.in_new_list = false;
  } else {
    disarm(w);
  }
}

inline void worker::hand_over(timer_cell& cell) {
  auto* head = handed_over_.load(std::memory_order_relaxed);
  do {
    cell.next_handed_over = head;
  } while (!handed_over_.compare_exchange_weak(head, &cell, std::memory_order_release,
                                               std::memory_order_relaxed));
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (host_timer_) {
    request_slice();
  } else if (parked_.load(std::memory_order_relaxed)) {
    wake();
  }
}

inline void worker::adopt_handed_over() {
  if (handed_over_.load(std::memory_order_relaxed) == nullptr) return;
  auto* newest = handed_over_.exchange(nullptr, std::memory_order_acquire);
  timer_cell* oldest = nullptr;
  while (newest != nullptr) {
    auto* const next = newest->next_handed_over;
    newest->next_handed_over = oldest;
    oldest = newest;
    newest = next;
  }
  while (oldest != nullptr) {
    auto& cell = *std::exchange(oldest, oldest->next_handed_over);
    cell.adopted(*this);
  }
}

// ---- a host's executor carries us

// What is queued with the host may outlive the runtime: it holds on to nothing, and asks first.
inline void worker::request_slice() {
  if (slice_requested_.exchange(true, std::memory_order_acq_rel)) return;
  asio::post(executor_, [this, alive = core_.weak_from_this()] {
    const auto core = alive.lock();
    if (core == nullptr) return;
    slice_requested_.store(false, std::memory_order_release);
    if (core->stopping.load(std::memory_order_relaxed)) return;
    if (run_slice(true)) {
      request_slice();
    } else {
      arm_host_timer();
    }
  });
}

inline void worker::arm_host_timer() {
  const auto due = wheel_.next_due();
  if (due == host_due_) return;
  host_due_ = due;
  if (!due) {
    host_timer_->cancel();  // the host may end when nobody waits for time any more
    return;
  }
  host_timer_->expires_at(std::chrono::steady_clock::time_point{std::chrono::nanoseconds{*due}});
  host_timer_->async_wait(
      [this, alive = core_.weak_from_this()](const boost::system::error_code& error) {
        const auto core = alive.lock();
        if (core == nullptr || error) return;
        host_due_.reset();
        request_slice();
      });
}

// ---- slots and serials

inline std::uint32_t worker::take_slot() {
  if (slots_.empty()) process_arena::instance().take(slots_);
  const auto slot = slots_.back();
  slots_.pop_back();
  return slot;
}

inline void worker::give_slot(std::uint32_t slot) {
  slots_.push_back(slot);
  if (slots_.size() >= 4 * process_arena::group) {
    process_arena::instance().give(slots_, 2 * process_arena::group);
  }
}

inline std::uint64_t worker::take_serial() {
  if (next_serial_ == last_serial_) {
    constexpr std::uint64_t block = 1024;
    next_serial_ = core_.serial_block(block);
    last_serial_ = next_serial_ + block;
  }
  return next_serial_++;
}

// ---- scheduling from anywhere

inline void schedule(process& p) {
  auto& core = p.core();
  if (p.external) {
    auto& place = parking_place_of(p.slot);
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
  std::atomic_thread_fence(std::memory_order_seq_cst);
  for (const auto& w : core.workers) {
    if (w->is_asleep()) {
      w->wake();
      return;
    }
  }
}

}  // namespace otp::detail
