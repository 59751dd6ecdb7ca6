// A worker carries processes: it takes the next runnable one, runs it until it has nothing to do or
// must wait, and looks after timers and I/O in between.
//
// The loop itself runs on a fiber. A handler runs directly on that fiber; when it must wait, the
// process keeps the fiber it is standing on, and the worker goes on with another one. So an idle
// process owns no stack, and a waiting one owns exactly one. A suspended process resumes only on
// the worker where it suspended (its home). The thread's native stack is never lent.
#pragma once

#include <otp/detail/any_io_executor.hpp>
#include <otp/detail/asymmetric_fence.hpp>
#include <otp/detail/look_interval.hpp>
#include <otp/detail/low_water_mark.hpp>
#include <otp/detail/outside_mail.hpp>
#include <otp/detail/runtime_core.hpp>
#include <otp/detail/this_thread.hpp>
#include <otp/detail/timer_wheel.hpp>
#include <otp/detail/wait.hpp>

#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <optional>
#include <vector>

namespace otp::detail {

namespace asio = boost::asio;

struct timer_cell;

class worker {
 public:
  static constexpr std::uint32_t reductions_per_turn = 256;
  static constexpr unsigned lifo_limit = 16;        ///< Turns in a row that the woken may take.
  static constexpr std::size_t newborn_limit = 64;  ///< Turns in a row that the newborn may take.
  static constexpr std::size_t most_injected = 63;  ///< Taken along with the one that runs next.
  static constexpr std::int64_t poll_interval =
      20'000;  ///< Nanoseconds between looks at the clock's work.
  static constexpr std::int64_t most_turns_between =
      64;  ///< Turns between looks at the clock itself.
  static constexpr std::int64_t slice_length = 200'000;  ///< Nanoseconds inside a host's executor.
  static constexpr std::int64_t kill_grace =
      100'000'000;  ///< Until a cancelled operation makes a zombie.
  static constexpr std::size_t idle_fibers_kept = 64;
  static constexpr std::size_t most_free_timers = 256;

  /// A worker with a thread and an io_context of its own, one of `workers` in its runtime.
  worker(runtime_core& core, unsigned index, unsigned workers);
  /// A worker carried by `host`, an executor of the user's that runs one thing at a time.
  worker(runtime_core& core, unsigned index, asio::any_io_executor host);
  worker(const worker&) = delete;
  worker& operator=(const worker&) = delete;
  ~worker();

  runtime_core& core() noexcept { return core_; }
  unsigned index() const noexcept { return index_; }
  /// Where the I/O objects of processes on this worker belong.
  const asio::any_io_executor& executor() const noexcept { return *executor_; }
  process* current() const noexcept { return current_; }
  std::size_t suspended_stacks() const noexcept {
    return suspended_stacks_.load(std::memory_order_relaxed);
  }

  // ---- carrying (one thread at a time)

  /// Runs until the runtime stops.
  void run_thread();
  /// Runs until nothing is runnable or, if `bounded`, a slice is over. True: more to do at once.
  bool run_slice(bool bounded);
  /// Ends the timers and the loop fibers; the worker is not used after.
  void retire();
  /// Runs what is queued in the host's io_context, if it has one that can be told: cancelled
  /// operations of its guests complete there. For a host that nobody runs.
  void drive_host();
  /// As retire, for a worker without a thread of its own.
  void retire_guest();
  /// Wakes the worker so that it sees that the runtime is stopping. Any thread.
  void stop();

  // ---- scheduling (this worker's thread)

  void schedule(process& p) {
    if (!plain_) return schedule_elsewhere(p);
    if (p.suspended) {
      if (p.home != this) return schedule_elsewhere(p);
      // To resume a receive costs two switches of stacks. Its turn comes: then it finds all that has
      // come meanwhile.
      if (p.wait->takes_message != nullptr && others_wait()) return receivers_.push(p);
    }
    // What was just woken runs next, with its data still in the cache.
    if (auto* const old = put_first(p)) displaced(*old);
  }
  void schedule_last(process& p);
  /// A process that was just spawned: others may take it, and of many the youngest run first.
  void schedule_newborn(process& p);
  /// Looks at timers and I/O. True when that made something runnable.
  bool poll();

  // ---- scheduling (any thread)

  bool is_asleep() const noexcept;
  /// Processes that wait for their turn here and that any worker may run.
  std::size_t queued() const noexcept;
  void schedule_from_outside(process& p);
  void wake();
  /// A timer was armed or cancelled by somebody else.
  void hand_over(timer_cell& cell);

  // ---- waiting (on the stack of the current process)

  /// Suspends `p` until its wait is ready, timed out, or the process must end; in the last case it
  /// does not return: the stack is unwound.
  void suspend(process& p, wait_record& w) {
    check_wait(p);
    suspend_checked(p, w);
  }
  /// Throws, or ends the stack, if `p` may not wait now. To be asked before anybody outside is given
  /// something that refers to the wait.
  void check_wait(process& p);
  /// As suspend, after check_wait.
  /// Always inlined, for the reason given at resume.
  [[gnu::always_inline]] void suspend_checked(process& p, wait_record& w) {
    w.owner = &p;
    p.wait = &w;
    p.seen = p.last;
    p.home = this;
    if (w.timeout != forever) remember_timeout(w);
    landing_.suspending = &p;
    fiber from = take_loop_fiber().resume();
    // resume() has made us current again; `from` is the loop fiber that gave way.
    idle_.push_back(std::move(from));
    if (p.exiting && !p.unwind.active()) p.unwind.raise();
  }
  /// An outside operation on which `w` waits has completed. This worker's thread.
  void complete(wait_record& w);
  /// Leaves the current stack for good: it cannot be unwound.
  [[noreturn]] void abandon(process& p);
  /// Gives way to other processes when the reductions are spent.
  void charge(process& p) {
    if (++p.reductions < reductions_per_turn && core_.outside == nullptr) return;
    give_way(p);
  }
  /// Unless `p` is in a place where it may not wait.
  void give_way(process& p);
  /// Takes what was pushed and acts on the signals in it. True: there was something.
  bool receive_all(process& p);
  /// What others have sent to a lone worker's processes comes into their mailboxes.
  void fetch_mail() {
    if (!mail_.empty()) open_mail();
  }
  bool opens_mail() const noexcept { return opens_mail_; }
  /// Unwinds the current process if an exit signal has decided its end.
  void end_if_exiting(process& p) {
    if (p.exiting && !p.unwind.active() && !p.finishing && !p.in_work) p.unwind.raise();
  }

  // ---- timers (this worker's thread)

  void arm(wheel_entry& entry, std::int64_t due);
  void disarm(wheel_entry& entry);
  std::optional<std::int64_t> next_due() const { return wheel_.next_due(); }
  timer_cell& take_timer();
  void give_timer(timer_cell& cell) noexcept;

  // ---- slots and serials (this worker's thread)

  std::uint32_t take_slot();
  void give_slot(std::uint32_t slot);
  std::uint64_t take_serial();
  life_count& lives() noexcept { return lives_; }

  block_cache& blocks() noexcept { return blocks_; }

  outside_mail& mail() noexcept { return mail_; }

 private:
  struct landing {
    process* suspending = nullptr;
    process* abandoning = nullptr;
  };
  struct own_loop;
  struct host_clock;

  fiber fresh_fiber();
  void landed(fiber&& from);
  void loop();
  process* next() {
    if (lifo_streak_ < lifo_limit && lifo_.load(std::memory_order_relaxed) != nullptr) {
      if (auto* const p = empty_lifo()) {
        ++lifo_streak_;
        return p;
      }
    }
    return next_in_turn();
  }
  /// The turn is odd meanwhile: nobody may claim the slot of the process just woken.
  process* choose() {
    const auto turn = turns_.load(std::memory_order_relaxed) + 1;
    if (!alone_) turns_.store(turn, std::memory_order_relaxed);
    auto* const chosen = next();
    // step: lifo.take.end: release: who sees this sees the slot empty.
    if (!alone_) turns_.store(turn + 1, std::memory_order_release);
    return chosen;
  }
  process* next_in_turn();
  process* next_in_depth();
  std::size_t waiting_in(std::size_t queue);
  process* take_from(std::size_t queue);
  process* take_injected();
  process* steal();
  /// Puts `p` into the slot and returns who was there. It is atomic because a worker that watches may
  /// empty it; but nobody else fills it: one that is empty stays so.
  process* put_first(process& p) noexcept {
    auto* const old = lifo_.load(std::memory_order_relaxed);
    if (old == nullptr || alone_) {
      lifo_.store(&p, std::memory_order_release);  // step: lifo.put: release publishes the process.
      return old;
    }
    // step: lifo.swap: release as above; acquire shows the process that comes out.
    return lifo_.exchange(&p, std::memory_order_acq_rel);
  }
  /// While `turns_` is odd: a worker that watches sees that and leaves the slot alone, or we see that it
  /// has claimed it.
  process* empty_lifo() noexcept {
    if (!alone_) {
      fence_.light();  // step: lifo.take.fence
      // step: lifo.take.look: acquire: after a claim that has ended we see what it has taken.
      if (lifo_claimed_.load(std::memory_order_acquire)) {
        return lifo_.exchange(nullptr, std::memory_order_acq_rel);
      }
    }
    auto* const old = lifo_.load(std::memory_order_relaxed);
    lifo_.store(nullptr, std::memory_order_relaxed);
    return old;
  }
  void schedule_elsewhere(process& p);
  void displaced(process& p);
  void make_room();
  void open_mail();
  bool others_wait() const noexcept {
    return ring_.size() != 0 || !pinned_.empty() || !receivers_.empty();
  }
  void notify_others();
  void execute(process& p);
  void find_nothing();
  void watch_behind_us();
  process* claim_lifo(std::uint32_t turn);
  void give_turn(process& p);
  bool serve(process& p);
  static bool is_answered(const process& p) noexcept;
  void resume(process& p);
  void count_stack(int change) noexcept {  // only we write it
    suspended_stacks_.store(
        suspended_stacks_.load(std::memory_order_relaxed) + static_cast<std::size_t>(change),
        std::memory_order_relaxed);
  }
  fiber take_loop_fiber() {
    if (idle_.empty()) return fresh_fiber();
    fiber next = std::move(idle_.back());
    idle_.pop_back();
    return next;
  }
  void begin_cancelling(process& p, wait_record& w);
  void look_at_clock();
  void park();
  bool work_visible();
  void block();
  void leave_slice();
  void tidy_up();
  std::optional<std::chrono::nanoseconds> tidying_due();
  void trim_fibers(std::size_t kept);
  /// Arming is lazy: a wait that is over before the next look at the clock costs a list no more.
  void remember_timeout(wait_record& w) noexcept {
    w.new_next = new_waits_;
    w.new_prev = nullptr;
    if (new_waits_ != nullptr) new_waits_->new_prev = &w;
    new_waits_ = &w;
    w.in_new_list = true;
  }
  void forget_timeout(wait_record& w) {
    if (!w.in_new_list) return disarm(w);
    (w.new_prev == nullptr ? new_waits_ : w.new_prev->new_next) = w.new_next;
    if (w.new_next != nullptr) w.new_next->new_prev = w.new_prev;
    w.in_new_list = false;
  }
  void adopt_handed_over();
  void end_timers();
  void request_slice();
  void arm_host_timer();
  void enter_thread();
  void leave_thread(const thread_state& before);

  template <class F>
  next_step guarded(process& p, F&& step);

  runtime_core& core_;
  const unsigned index_;
  const bool alone_;  // in its runtime
  const bool plain_;  // a thread of our own carries us, and nobody else decides who is next
  const std::uint32_t turn_limit_;  // messages that a process may handle in one turn
  block_cache blocks_;
  std::unique_ptr<own_loop> loop_io_;                // null when a host carries us
  std::unique_ptr<asio::any_io_executor> executor_;  // apart, since Asio is not included here
  std::unique_ptr<host_clock> host_clock_;           // null when nobody does
  std::optional<std::int64_t> host_due_;             // what it waits for

  // Fibers. All turn state is here and not in the loop's frame: each fiber has a frame of its own.
  fiber native_;  // who carries us; valid while a loop fiber runs
  fiber loop_;    // the loop, between slices
  std::vector<fiber> idle_;
  landing landing_;
  process* landed_ = nullptr;  // suspended a moment ago: its wait may be over already
  bool exit_fiber_ = false;
  low_water_mark untouched_fibers_;  // of those that are idle; looked at now and then
  look_interval looks_at_fibers_;
  std::atomic<std::size_t> suspended_stacks_{0};

  process* current_ = nullptr;
  const void* carrying_loop_ =
      nullptr;  // the Asio loop that we are called from, if a host carries us
  // Run queues: see worker_queues_impl.hpp.
  std::atomic<process*> lifo_{nullptr};
  std::atomic<bool> lifo_claimed_{false};  // by a worker that watches
  const asymmetric_fence fence_{!alone_};
  unsigned lifo_streak_ = 0;
  // Who may run anywhere; who may run here only, and the inbox; and who is everybody's.
  enum : std::size_t { ring_queue, pinned_queue, injected_queue, queues };
  std::size_t queue_ = ring_queue;  // whose turn it is
  std::size_t left_in_queue_ = 0;   // in this round
  std::size_t brought_along_ = 0;   // from the injector to the ring, for this round
  stealable_ring ring_;
  std::array<process*, stealable_ring::most_stolen>
      stolen_{};              // not on a stack: processes keep those
  std::size_t newborns_ = 0;  // on top of the ring, at most
  std::size_t newborn_streak_ = 0;
  std::size_t receivers_due_ = 0;
  process_fifo receivers_;  // pinned, and woken inside of a receive
  process_fifo pinned_;
  process_inbox inbox_;
  std::atomic<std::uint32_t> turns_{0};  // progress, for the worker that watches: two for each turn

  // Time.
  std::uint32_t turns_to_look_ = 1;  // at the clock
  std::uint32_t turns_between_ = 1;  // what that began with
  std::int64_t last_look_ = 0;
  std::int64_t last_poll_ = 0;
  std::int64_t slice_start_ = 0;
  bool slicing_ = false;
  bool bounded_slice_ = false;
  timer_wheel wheel_;
  std::uint64_t timer_sequence_ = 0;
  wait_record* new_waits_ = nullptr;
  std::atomic<timer_cell*> handed_over_{nullptr};

  std::atomic<bool> parked_{false};
  bool just_woken_ = false;
  std::atomic<bool> slice_requested_{false};
  outside_mail mail_;  // for a lone worker's processes
  bool opens_mail_ = false;

  std::vector<std::uint32_t> slots_;
  life_count lives_;
  std::vector<timer_cell*> free_timers_;
  std::uint64_t next_serial_ = 0;
  std::uint64_t last_serial_ = 0;
};

/// The worker that carries the calling code, or null on a plain thread.
inline worker* this_worker() noexcept { return this_thread().worker; }

/// The process whose code is running, or null.
inline process* current_process() noexcept {
  auto* const w = this_worker();
  return w == nullptr ? nullptr : w->current();
}

/// Makes a process run whose mailbox word was just given the RUN bit by the caller.
void schedule(process& p);

/// The worker that carries the calling code, if it is of the runtime that `p` lives in.
inline worker* worker_beside(const process& p) noexcept {
  auto* const here = this_worker();
  return here != nullptr && &here->core() == &p.core() ? here : nullptr;
}

/// The reason that `p` fails with; keeps the place of the throw for the crash report.
exit_reason reason_of_failure(process& p, const std::exception_ptr& error);
/// Ends `p`, whose code has returned: destroys its state and tells everyone.
void finish(process& p);
/// The part of the end that others see.
void finish_for_others(process& p);
/// The part that is left when nothing refers to the process's stack any more.
void finish_alone(process& p);

}  // namespace otp::detail
