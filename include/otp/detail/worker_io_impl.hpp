// How a worker carries its loop, looks after time and I/O, sleeps and is woken. (Timers: worker_timers_impl.hpp.)
#pragma once

#include <otp/config.hpp>
#include <otp/detail/asio_loop.hpp>
#include <otp/detail/delivery.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/detail/unused_memory.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <algorithm>
#include <chrono>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace otp::detail {

namespace asio = boost::asio;

struct worker::own_loop {
  asio::io_context context{1};
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
};

struct worker::host_clock {
  asio::steady_timer timer;
};

inline void relax_cpu() noexcept {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

OTP_DECL worker::worker(runtime_core& core, unsigned index, unsigned workers)
    : core_{core},
      index_{index},
      alone_{workers == 1},
      plain_{core.outside == nullptr},
      turn_limit_{core.outside == nullptr ? reductions_per_turn : 1},
      loop_io_{std::make_unique<own_loop>()},
      executor_{std::make_unique<asio::any_io_executor>(loop_io_->context.get_executor())},
      ring_{workers > 1},
      wheel_{core.now()} {
  free_timers_.reserve(most_free_timers);
}

OTP_DECL worker::worker(runtime_core& core, unsigned index, asio::any_io_executor host)
    : core_{core},
      index_{index},
      alone_{true},
      plain_{false},
      turn_limit_{core.outside == nullptr ? reductions_per_turn : 1},
      executor_{std::make_unique<asio::any_io_executor>(std::move(host))},
      host_clock_{new host_clock{asio::steady_timer{*executor_}}},
      ring_{false},
      wheel_{core.now()} {
  free_timers_.reserve(most_free_timers);
}

OTP_DECL worker::~worker() = default;

// ---- carrying

OTP_DECL void worker::enter_thread() {
  auto& thread = this_thread();
  thread.worker = this;
  thread.blocks = &blocks_;
  carrying_loop_ = innermost_asio_loop();
}

OTP_DECL void worker::leave_thread(const thread_state& before) {
  auto& thread = this_thread();
  thread.worker = before.worker;
  thread.blocks = before.blocks;
}

OTP_DECL void worker::run_thread() {
  enter_thread();
  loop_ = fresh_fiber();
  fiber ended = std::move(loop_).resume();
  // What came when everybody had ended; before timeouts do.
  if (core_.is_lone) {
    do open_mail();
    while (!mail_.empty());
  }
  retire();
  leave_thread({});
}

OTP_DECL bool worker::run_slice(bool bounded) {
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
OTP_DECL void worker::retire() {
  end_timers();
  exit_fiber_ = true;
  if (loop_) std::move(loop_).resume();
  while (!idle_.empty()) {
    fiber next = std::move(idle_.back());
    idle_.pop_back();
    std::move(next).resume();
  }
  process_arena::instance().give(slots_, slots_.size());
  timer_cells::instance().give(free_timers_, free_timers_.size());
}

OTP_DECL void worker::retire_guest() {
  const auto before = this_thread();
  enter_thread();
  retire();
  leave_thread(before);
}

OTP_DECL void worker::drive_host() {
  using context_executor = asio::io_context::executor_type;
  asio::io_context* host = nullptr;
  if (auto* const direct = executor_->target<context_executor>()) {
    host = &direct->context();
  } else if (auto* const strand = executor_->target<asio::strand<context_executor>>()) {
    host = &strand->get_inner_executor().context();
  }
  if (!host_clock_ || host == nullptr) return;
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

OTP_DECL void worker::stop() {
  if (loop_io_) asio::post(loop_io_->context, [] {});
}

/// There is nothing to do. Only what was not needed for a while is given up, or a crowd that comes
/// again soon would have to take it anew.
OTP_DECL void worker::tidy_up() {
  unused_memory::give_back_if_due();
  if (core_.stacks.has_unused() && core_.looks_at_stacks.begin()) core_.stacks.give_back();
  untouched_fibers_.taken(idle_.size());
  if (idle_.size() > idle_fibers_kept && looks_at_fibers_.begin()) {
    const auto kept = idle_.size() - untouched_fibers_.look(idle_.size());
    trim_fibers(std::max(kept, idle_fibers_kept));
  }
}

/// How long until there may be something to tidy up; nothing: there is nothing, unless something
/// happens.
OTP_DECL std::optional<std::chrono::nanoseconds> worker::tidying_due() {
  auto due = unused_memory::due();
  const auto and_then = [&due](std::chrono::nanoseconds left) {
    due = std::min(due.value_or(left), left);
  };
  if (core_.stacks.has_unused()) and_then(core_.looks_at_stacks.left());
  if (idle_.size() > idle_fibers_kept) and_then(looks_at_fibers_.left());
  return due;
}

OTP_DECL void worker::trim_fibers(std::size_t kept) {
  if (idle_.size() <= kept) return;
  fiber saved = std::move(native_);
  exit_fiber_ = true;
  while (idle_.size() > kept) {
    fiber next = std::move(idle_.back());
    idle_.pop_back();
    std::move(next).resume();
  }
  exit_fiber_ = false;
  native_ = std::move(saved);
}

// ---- sleeping

OTP_DECL bool worker::work_visible() {
  if (core_.stopping.load(std::memory_order_relaxed)) return true;
  if (!pinned_.empty() || !receivers_.empty() || !inbox_.empty()) return true;
  if (core_.injected.load(std::memory_order_relaxed) != 0) return true;
  if (!mail_.empty()) return true;
  if (handed_over_.load(std::memory_order_relaxed) != nullptr) return true;
  for (const auto& w : core_.workers) {
    if (w->ring_.size() != 0) return true;
  }
  return false;
}

/// By a worker that watches: takes who is in the slot, if we are still in that turn.
OTP_DECL process* worker::claim_lifo(std::uint32_t turn) {
  if (lifo_.load(std::memory_order_relaxed) == nullptr) return nullptr;
  lifo_claimed_.store(true, std::memory_order_relaxed);  // step: lifo.claim.flag
  const bool fenced = fence_.heavy();                    // step: lifo.claim.fence
  process* p = nullptr;
  // step: lifo.claim.look: else the owner may be emptying it, without atomic steps. acquire: it has.
  if (fenced && turn % 2 == 0 && turns_.load(std::memory_order_acquire) == turn) {
    // acquire: as who takes it at home (step: lifo.swap); the owner may fill the slot again.
    p = lifo_.exchange(nullptr, std::memory_order_acq_rel);
  }
  lifo_claimed_.store(false, std::memory_order_release);  // step: lifo.claim.end
  return p;
}

OTP_DECL void worker::park() {
  // A futex round trip between threads costs microseconds, a look some nanoseconds.
  for (int i = 0; i < 64; ++i) {
    if (work_visible()) return;
    relax_cpu();
  }
  tidy_up();
  parked_.store(true, std::memory_order_relaxed);        // step: park.flag
  core_.parked.fetch_add(1, std::memory_order_relaxed);  // step: park.count
  // step: park.fence: either we see the work that was published, or its publisher sees us parked.
  std::atomic_thread_fence(std::memory_order_seq_cst);
  if (!work_visible()) block();  // step: park.look
  // step: park.unpark.exchange: who clears the flag counts down, once.
  if (parked_.exchange(false, std::memory_order_acq_rel)) {
    core_.parked.fetch_sub(1, std::memory_order_relaxed);
  }
  just_woken_ = true;
}

OTP_DECL void worker::block() {
  const auto due = wheel_.next_due();
  auto limit = std::chrono::nanoseconds::max();
  if (due) limit = std::chrono::nanoseconds{std::max<std::int64_t>(*due - core_.now(), 0)};
  if (const auto tidying = tidying_due()) limit = std::min(limit, *tidying);

  // step: watch.everyone: asked of the flags. The count may be late: who wakes a worker clears
  // its flag first, and that worker may be in a long handler before it is counted down.
  const auto everyone_parked = [&] {
    return std::all_of(core_.workers.begin(), core_.workers.end(), [this](const auto& w) {
      return w.get() == this || w->parked_.load(std::memory_order_relaxed);
    });
  };
  if (core_.workers.size() > 1 && !everyone_parked() &&
      !core_.watched.exchange(true, std::memory_order_acq_rel)) {  // step: watch.one
    // The watcher: once a millisecond, takes what waits behind a handler that makes no progress.
    std::vector<std::uint32_t> turns(core_.workers.size());
    for (std::size_t i = 0; i < turns.size(); ++i) {
      turns[i] = core_.workers[i]->turns_.load(std::memory_order_relaxed);
    }
    loop_io_->context.run_one_for(
        std::min<std::chrono::nanoseconds>(limit, std::chrono::milliseconds{1}));
    for (std::size_t i = 0; i < turns.size(); ++i) {
      auto& other = *core_.workers[i];
      if (&other == this || other.turns_.load(std::memory_order_relaxed) != turns[i]) continue;
      if (other.parked_.load(std::memory_order_relaxed)) continue;
      if (auto* const p = other.claim_lifo(turns[i])) {
        if (p->suspended) {
          p->home->schedule_from_outside(*p);
        } else {
          pinned_.push(*p);
        }
      }
    }
    core_.watched.store(false, std::memory_order_release);  // step: watch.end
    return;
  }
  if (limit == std::chrono::nanoseconds::max()) {
    loop_io_->context.run_one();
  } else {
    loop_io_->context.run_one_for(limit);
  }
}

OTP_DECL void worker::wake() {
  if (!loop_io_) {
    request_slice();
    return;
  }
  // step: park.wake.exchange: of all who wake it one counts down and posts.
  if (parked_.exchange(false, std::memory_order_acq_rel)) {
    core_.parked.fetch_sub(1, std::memory_order_relaxed);
    asio::post(loop_io_->context, [] {});
  }
}

// ---- time

/// Looking costs as much as a short turn: so after long turns it is done each time, and after short
/// ones so often that about an interval passes.
OTP_DECL void worker::look_at_clock() {
  const auto now = core_.now();
  const auto turn = std::max<std::int64_t>((now - last_look_) / turns_between_, 1);
  last_look_ = now;
  turns_between_ = static_cast<std::uint32_t>(
      std::clamp<std::int64_t>(poll_interval / turn, 1, most_turns_between));
  turns_to_look_ = turns_between_;
  if (now - last_poll_ >= poll_interval) poll();
}

OTP_DECL bool worker::poll() {
  const auto now = core_.now();
  last_poll_ = now;
  untouched_fibers_.taken(idle_.size());
  adopt_handed_over();
  fetch_mail();  // which may be older than those timers
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
  if (loop_io_) happened += loop_io_->context.poll();
  return happened != 0 || landed_ != nullptr;
}

// ---- a host's executor carries us

// What is queued with the host may outlive the runtime: it holds on to nothing, and asks first.
OTP_DECL void worker::request_slice() {
  if (slice_requested_.exchange(true, std::memory_order_acq_rel)) return;
  asio::post(*executor_, [this, alive = core_.weak_from_this()] {
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

OTP_DECL void worker::arm_host_timer() {
  const auto due = wheel_.next_due();
  if (due == host_due_) return;
  host_due_ = due;
  if (!due) {
    host_clock_->timer.cancel();  // the host may end when nobody waits for time any more
    return;
  }
  host_clock_->timer.expires_at(
      std::chrono::steady_clock::time_point{std::chrono::nanoseconds{*due}});
  host_clock_->timer.async_wait(
      [this, alive = core_.weak_from_this()](const boost::system::error_code& error) {
        const auto core = alive.lock();
        if (core == nullptr || error) return;
        host_due_.reset();
        request_slice();
      });
}

}  // namespace otp::detail
