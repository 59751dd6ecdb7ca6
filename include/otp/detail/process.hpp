// The control block of one process. It lives in a slot of the arena; the first cache line is what
// senders touch, the rest belongs to whoever runs the process.
//
// The mailbox is one atomic word. It is the head of an intrusive stack of envelopes and, in its low
// bits, the scheduling state:
//   0            closed: nobody lives here
//   OPEN         idle; a push must schedule the process
//   OPEN|RUN     somebody runs it or has queued it; a push just pushes
//   OPEN|WAIT    suspended inside a handler; only envelopes that wake it schedule it
//   |LONE        the runtime has one worker, and its thread alone touches the word, without atomic
//                steps; others send their envelopes as mail (delivery.hpp): tests/models/lone.pml.
//                Its stores are a release, for who reads the word to see whose the slot is.
// Senders push with one CAS; the owner takes everything with one exchange and reverses, so the
// order per sender is kept.
//
// The RUN bit is a lock: who sets it by a push or a claim, and nobody else, runs or queues the
// process until it is cleared. tests/models/mailbox.pml checks this; its steps are named below.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/behaviour.hpp>
#include <otp/detail/envelope.hpp>
#include <otp/detail/fiber.hpp>
#include <otp/detail/forced_unwind.hpp>
#include <otp/detail/relations.hpp>
#include <otp/detail/wait.hpp>
#include <otp/exit_reason.hpp>
#include <otp/mailbox.hpp>
#include <otp/pid.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

namespace otp::detail {

class runtime_core;
class worker;
struct call_envelope;

enum class push_result : std::uint8_t {
  queued,
  schedule,
  closed,
  lone,  ///< Nothing was done: only the worker of that runtime may do it.
};

class alignas(64) process {
 public:
  static constexpr std::uintptr_t open_bit = 1;
  static constexpr std::uintptr_t run_bit = 2;
  static constexpr std::uintptr_t wait_bit = 4;
  static constexpr std::uintptr_t lone_bit = 8;
  static constexpr std::uintptr_t pointer_mask = ~std::uintptr_t{15};

  // ---- what senders touch

  std::atomic<std::uintptr_t> word{0};
  std::atomic<std::uint64_t> serial{0};       ///< 0: nobody
  std::atomic<runtime_core*> owner{nullptr};  ///< The runtime it lives in.
  /// How many envelopes may wait in the mailbox before it refuses what users send; 0: any number.
  std::atomic<std::uint32_t> mailbox_limit{0};
  /// Whom a caller waits for, see call_circle.hpp. Followed by other callers.
  std::atomic<std::uint64_t> waits_on{0};
  process* queue_next = nullptr;  ///< Link of the one run queue that holds it.
  worker* home = nullptr;         ///< The only one who may resume its stack.
  fiber suspended;                ///< Its stack, while it waits.

  // ---- what its owner touches

  alignas(64) std::atomic<bool> signalled{
      false};  ///< A signal was pushed: look before the next message.
  /// What a mailbox with a limit does, and has done: see bounded_mailbox.hpp.
  when_full full_means = when_full::refuse;
  /// The number of the application that it belongs to, as its creator did; 0: none (L-018).
  std::atomic<std::uint16_t> application{0};
  std::atomic<std::uint32_t> refused{0};
  std::atomic<std::uint64_t> killed{0};  ///< The serial that was last sent the signal kill.
  bool trap_exit = false;
  bool started = false;
  bool external = false;   ///< Stands for a plain thread that waits.
  bool notified = false;   ///< External: the thread was told that it was scheduled.
  bool exiting = false;    ///< An exit signal has decided; `end` holds the reason.
  bool finishing = false;  ///< Its state is being destroyed.
  bool zombie = false;     ///< Dead for everyone; an operation still refers to its stack.
  bool abandoned = false;
  bool in_work = false;               ///< Runs posted executor work, which may not wait.
  bool dropped_from = false;          ///< A `from` was destroyed by an exception: see otp/from.hpp.
  bool crashed = false;               ///< Ended by its own failure, so a crash report is due.
  std::uint32_t reductions = 0;       ///< Of this turn.
  std::uint64_t past_reductions = 0;  ///< Of its turns before.
  envelope* first = nullptr;          ///< Messages taken and not yet handled, oldest first.
  envelope* last = nullptr;
  envelope* seen = nullptr;  ///< The last of them that the current wait has looked at.
  detail::behaviour* behaviour = nullptr;
  wait_record* wait = nullptr;
  call_envelope* in_flight = nullptr;  ///< The call being handled; its caller hears of our death.
  std::uint64_t call_ref = 0;
  const envelope_ops* last_message = nullptr;
  exit_reason end;
  forced_unwind unwind;
  std::atomic<std::uint64_t> waiting{0};  ///< With a limit: half of the serial, and how many wait.
  relations related;

  runtime_core& core() const noexcept { return *owner.load(std::memory_order_relaxed); }

  /// Messages handled and calls made in its life.
  std::uint64_t total_reductions() const noexcept { return past_reductions + reductions; }
  void begin_turn() noexcept { past_reductions += std::exchange(reductions, 0); }

  /// Where slot 0 is (process_arena.hpp). Set once, before the first pid exists.
  OTP_VISIBLE static inline constinit process* arena = nullptr;

  /// Its place in the arena. Not kept in it: whoever holds a pointer to a slot may ask, also when the
  /// slot is free and its memory was given back.
  std::uint32_t slot() const noexcept { return static_cast<std::uint32_t>(this - arena); }

  pid id() const noexcept { return {0, slot(), serial.load(std::memory_order_relaxed)}; }

  /// Adds an envelope. On `closed` and `lone` the envelope is still the caller's. `lone_home`: the calling
  /// thread carries the lone worker of its addressee's runtime.
  push_result push(envelope& e, bool lone_home) noexcept {
    const bool wakes = e.ops->wakes;
    auto current = word.load(std::memory_order_relaxed);
    for (;;) {
      if (current == 0) return push_result::closed;
      if ((current & lone_bit) != 0) return push_alone(e, current, lone_home);
      e.next = reinterpret_cast<envelope*>(current & pointer_mask);  // step: mailbox.push.link
      const bool schedules =                                         // step: mailbox.push.wakes
          (current & run_bit) == 0 && ((current & wait_bit) == 0 || wakes);
      const auto next = reinterpret_cast<std::uintptr_t>(&e) | (current & ~pointer_mask) |
                        (schedules ? run_bit : 0);
      // step: mailbox.push.cas: release publishes the envelope; acquire shows `home` and
      // `suspended` to who schedules, and a new serial to who has pushed into a reused slot.
      if (word.compare_exchange_weak(current, next, std::memory_order_acq_rel,
                                     std::memory_order_relaxed)) {
        return schedules ? push_result::schedule : push_result::queued;
      }
    }
  }

  /// Takes hold of an idle process whose mailbox is empty, as a push would. True: the caller puts in
  /// what it brings by itself, without the word, and schedules the process. `waits_inside_handler`
  /// says which kind of idle. By a worker of the addressee's runtime, which is a lone one or not.
  bool claim_idle(bool waits_inside_handler, std::uint64_t addressee, bool lone_home) noexcept {
    auto idle = open_bit | (waits_inside_handler ? wait_bit : 0);
    const auto current = word.load(std::memory_order_relaxed);
    if (current == (idle | lone_bit)) {
      // See push_alone.
      if (!lone_home || serial.load(std::memory_order_relaxed) != addressee) return false;
      word.store(open_bit | run_bit | lone_bit, std::memory_order_release);
      return true;
    }
    if (current != idle) return false;
    // step: mailbox.direct.cas: acquire shows what who ran it last has left. Nothing is published
    // here: whoever carries the process next gets it by a run queue.
    return word.compare_exchange_strong(idle, open_bit | run_bit, std::memory_order_acquire,
                                        std::memory_order_relaxed);
  }

  /// Whether something was pushed and not taken. Owner only.
  bool has_pushed() const noexcept {
    return (word.load(std::memory_order_relaxed) & pointer_mask) != 0;
  }

  /// Takes everything pushed so far, oldest first; null when there is nothing. Owner only.
  envelope* take() noexcept {
    const auto current = word.load(std::memory_order_relaxed);
    if ((current & pointer_mask) == 0) return nullptr;
    if ((current & lone_bit) != 0) {
      word.store(open_bit | run_bit | lone_bit, std::memory_order_release);
      return reversed(current);
    }
    // step: mailbox.take.exchange: acquire shows all envelopes: each push goes on with the release
    // of those before.
    const auto taken = word.exchange(open_bit | run_bit, std::memory_order_acquire);
    return reversed(taken);
  }

  /// Becomes idle, unless something was pushed meanwhile. After true the caller may not touch the
  /// process any more: another worker may run it already.
  bool become_idle(bool waits_inside_handler) noexcept {
    auto expected = word.load(std::memory_order_relaxed);  // WAIT may be left from a claim
    if ((expected & pointer_mask) != 0) return false;      // step: mailbox.idle.look
    const auto idle = open_bit | (waits_inside_handler ? wait_bit : 0);
    if ((expected & lone_bit) != 0) {
      word.store(idle | lone_bit, std::memory_order_release);
      return true;
    }
    // step: mailbox.idle.cas: release: whoever schedules it next must see all that was done here.
    return word.compare_exchange_strong(expected, idle, std::memory_order_release,
                                        std::memory_order_relaxed);
  }

  /// Claims a suspended process for running without an envelope. True: the caller schedules it.
  bool claim() noexcept {
    const auto current = word.load(std::memory_order_relaxed);
    if ((current & lone_bit) != 0) {
      word.store(current | run_bit, std::memory_order_release);
      return (current & run_bit) == 0;
    }
    // step: mailbox.claim.or: as a push without an envelope.
    return (word.fetch_or(run_bit, std::memory_order_acq_rel) & run_bit) == 0;
  }

  /// Notes that who has the serial `whose` was sent the signal kill. False: that was known, or the
  /// slot is another one's by now, whose mark stays. tests/models/kill.pml.
  bool mark_killed(std::uint64_t whose) noexcept {
    // acquire: a mark that is newer than `whose` shows the serial that it is of.
    auto mark = killed.load(std::memory_order_acquire);
    do {
      if (mark == whose ||
          serial.load(std::memory_order_relaxed) != whose) {  // step: kill.mark.look
        return false;
      }
      // step: kill.mark.cas: release, and acquire for the next look: its counterpart.
    } while (!killed.compare_exchange_weak(mark, whose, std::memory_order_release,
                                           std::memory_order_acquire));
    return true;
  }

  /// Closes the mailbox for ever and returns what was in it, oldest first.
  envelope* close() noexcept {
    const auto current = word.load(std::memory_order_relaxed);
    if ((current & lone_bit) != 0) {
      word.store(0, std::memory_order_release);
      return reversed(current);
    }
    // step: mailbox.close.exchange: acquire as in take; release for who reads the 0 with acquire.
    return reversed(word.exchange(0, std::memory_order_acq_rel));
  }

  bool has_limit() const noexcept { return mailbox_limit.load(std::memory_order_relaxed) != 0; }

  /// A message has made room: it was taken out, or is handled now.
  void leaves_mailbox() noexcept {
    if (has_limit()) waiting.fetch_sub(1, std::memory_order_relaxed);
  }

  /// Adds an envelope that did not come through the mailbox's word.
  void append(envelope& e) noexcept {
    if (has_limit()) waiting.fetch_add(1, std::memory_order_relaxed);
    chain(e);
  }

  /// Adds one that did, and was counted there.
  void chain(envelope& e) noexcept {
    e.next = nullptr;
    if (last == nullptr) {
      first = &e;
    } else {
      last->next = &e;
    }
    last = &e;
  }

  /// Puts the chain from `from` to `to`, which has been counted, before all others.
  void prepend(envelope& from, envelope& to) noexcept {
    to.next = first;
    if (first == nullptr) last = &to;
    first = &from;
  }

  /// The oldest. It still takes room.
  envelope* pop_front() noexcept {
    auto* const e = first;
    if (e != nullptr) {
      first = e->next;
      if (first == nullptr) last = nullptr;
    }
    return e;
  }

  /// Removes `e`, whose predecessor is `before` (null: it is the first).
  void unchain(envelope& e, envelope* before) noexcept {
    (before == nullptr ? first : before->next) = e.next;
    if (last == &e) last = before;
    if (seen == &e) seen = before;
    leaves_mailbox();
  }

 private:
  /// Adds an envelope to a lone word, if that is ours.
  push_result push_alone(envelope& e, std::uintptr_t current, bool lone_home) noexcept {
    // step: lone.push.look: a word with this bit is not for others, and theirs never succeed on it: they
    // expect one without.
    if (!lone_home) return push_result::lone;
    // step: lone.push.serial: the slot may be another lone runtime's by now. This thread alone runs and
    // ends the processes of its own, so of one of those the serial that it reads is exact.
    if (serial.load(std::memory_order_relaxed) != e.addressee) return push_result::closed;
    e.next = reinterpret_cast<envelope*>(current & pointer_mask);
    const bool schedules = (current & run_bit) == 0 && ((current & wait_bit) == 0 || e.ops->wakes);
    word.store(reinterpret_cast<std::uintptr_t>(&e) | (current & ~pointer_mask) |
                   (schedules ? run_bit : 0),
               std::memory_order_release);
    return schedules ? push_result::schedule : push_result::queued;
  }

  static envelope* reversed(std::uintptr_t taken) noexcept {
    auto* from = reinterpret_cast<envelope*>(taken & pointer_mask);
    envelope* oldest = nullptr;
    while (from != nullptr) {
      auto* const next = from->next;
      from->next = oldest;
      oldest = from;
      from = next;
    }
    return oldest;
  }
};

inline std::uint16_t application_of(const process& p) noexcept {
  return p.application.load(std::memory_order_relaxed);
}

// An idle process costs its slot and its state, nothing else.
static_assert(sizeof(process) <= (OTP_ASAN || OTP_TSAN ? 320 : 256));

}  // namespace otp::detail
