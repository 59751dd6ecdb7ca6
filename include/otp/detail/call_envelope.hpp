// A call in flight. The request's envelope is also its monitor: it always has one holder, who must
// answer or discard it, so the caller hears in every case, without a monitor record and without a
// clock. The reply travels back in the same envelope. The caller accepts it by its number
// (call_ref): late and second replies meet a newer number and vanish (G-020, G-024).
#pragma once

#include <otp/detail/delivery.hpp>
#include <otp/detail/signals.hpp>

#include <cstdint>
#include <exception>
#include <new>
#include <type_traits>
#include <utility>

namespace otp::detail {

/// Receives the answer of a call that no process waits for. Any thread.
struct call_completion {
  /// Takes over the answered envelope. Once, also after `end`.
  void (*complete)(call_completion&, envelope&) noexcept;
  /// The server ended while somebody else held the envelope.
  void (*end)(call_completion&, const exit_reason&) noexcept;
  void (*hold)(call_completion&) noexcept;
  void (*release)(call_completion&) noexcept;
};

struct call_envelope : envelope {
  process* asker;  ///< Null: `completion` hears.
  std::uint64_t caller_serial;
  std::uint64_t call_ref;
  call_completion* completion = nullptr;
  const envelope_ops* reply_ops;  ///< What the envelope becomes when it is answered.

  call_envelope(const envelope_ops& request, const envelope_ops& reply, std::uint64_t to,
                process& from, std::uint64_t number)
      : envelope{request, to},
        asker{&from},
        caller_serial{from.serial.load(std::memory_order_relaxed)},
        call_ref{number},
        reply_ops{&reply} {}

  call_envelope(const envelope_ops& request, const envelope_ops& reply, std::uint64_t to,
                call_completion& listener)
      : envelope{request, to},
        asker{nullptr},
        caller_serial{0},
        call_ref{0},
        completion{&listener},
        reply_ops{&reply} {}

  pid caller_id() const noexcept {
    return asker == nullptr ? pid{} : pid{0, asker->slot(), caller_serial};
  }
};

/// The caller does not wait for anybody any more; before it can see the answer, so that a call
/// back to it is not taken for a cycle.
inline void release_caller(const call_envelope& e) noexcept {
  if (e.asker != nullptr) e.asker->waits_on.store(0, std::memory_order_relaxed);
}

/// Whether `p`, whose RUN bit the caller has, waits for this very call.
inline bool accepts(const process& p, const call_envelope& e) noexcept {
  return p.wait != nullptr && !p.wait->ready && p.wait->call_ref == e.call_ref;
}

inline void send_answer(call_envelope& e) noexcept {
  if (e.asker == nullptr) {
    e.completion->complete(*e.completion, e);
    return;
  }
  release_caller(e);
  e.addressee = e.caller_serial;
  e.ops = e.reply_ops;
  auto& p = *e.asker;
  // The caller waits, for nothing but an answer, and this worker is going to run it: it gets the
  // answer without the way through the word.
  auto* const here = worker_of(e);
  const bool lone = here != nullptr && here->core().is_lone;
  if (here == nullptr || !p.claim_idle(true, e.addressee, lone)) return deliver(p, e);
  if (p.external || p.serial.load(std::memory_order_relaxed) != e.addressee || !accepts(p, e)) {
    p.push(e, lone);
    return schedule(p);
  }
  p.wait->reply = &e;
  p.wait->ready = true;
  here->schedule(p);
}

template <class R>
using stored_reply = std::conditional_t<std::is_void_v<R>, done, R>;

/// The part of a call that whoever answers it sees.
template <class R>
struct answerable : call_envelope {
  enum class content : std::uint8_t { nothing, value, failure };

  union {
    stored_reply<R> value;
    exit_reason failure;
  };
  content holds = content::nothing;

  template <class... A>
  explicit answerable(A&&... arguments) : call_envelope(std::forward<A>(arguments)...) {}
  answerable(const answerable&) = delete;
  answerable& operator=(const answerable&) = delete;
  ~answerable() {
    if (holds == content::value) value.~stored_reply<R>();
    if (holds == content::failure) failure.~exit_reason();
  }

  template <class... V>
  void answer(V&&... v) {
    ::new (static_cast<void*>(&value)) stored_reply<R>(std::forward<V>(v)...);
    holds = content::value;
    send_answer(*this);
  }

  void fail(const exit_reason& why) noexcept {
    ::new (static_cast<void*>(&failure)) exit_reason(why);
    holds = content::failure;
    send_answer(*this);
  }
};

/// A wait for the answer of one call.
struct call_wait : wait_record {
  call_wait() = default;
  call_wait(const call_wait&) = delete;
  call_wait& operator=(const call_wait&) = delete;
  ~call_wait() {
    if (reply != nullptr) reply->ops->discard(*reply, failure);
  }
};

inline void take_reply(process& p, envelope& e) {
  if (accepts(p, static_cast<const call_envelope&>(e))) {
    p.wait->reply = &e;
    p.wait->ready = true;
  } else {
    e.ops->discard(e, {});
  }
}

template <class E>
constexpr envelope_ops reply_table{&take_reply, &drop_signal<E>, nullptr, envelope_kind::reply,
                                   true,        &signal_name<E>};

/// Tells a caller whose request is held by somebody that the server is gone.
struct call_failure : envelope {
  std::uint64_t ref;
  exit_reason why;

  call_failure(std::uint64_t serial, std::uint64_t number, const exit_reason& reason)
      : envelope{ops_table, serial}, ref{number}, why{reason} {}

  static void run(process& p, envelope& base);
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops call_failure::ops_table{
    &call_failure::run,        &drop_signal<call_failure>, nullptr, envelope_kind::reply, true,
    &signal_name<call_failure>};

void fail_call(const pid& caller, std::uint64_t ref, const exit_reason& why);

/// The server lets go of a call: somebody holds its `from` and has to answer.
void owe(process& p, const call_envelope& call);

/// Removes the calls that `settled` accepts; it has seen to it that their callers hear.
template <class Settled>
void settle_owed(process& p, Settled settled) {
  auto* const rare = rare_of(p);
  if (rare == nullptr) return;
  std::erase_if(rare->owed, [&](const owed_reply& owed) {
    if (!settled(owed)) return false;
    if (owed.completion != nullptr) owed.completion->release(*owed.completion);
    return true;
  });
}

/// A `from` was destroyed in its own server by something that may be the server's end: an exception
/// on its way out, or the end itself. Then the caller hears that reason; if the handler caught the
/// exception, `fail_dropped` answers. False: the callers have been told already.
bool drop_owed(process& p, call_envelope& call) noexcept;

void fail_dropped(process& p);

/// The server has ended with `why`: tells everyone whom it owes an answer.
void fail_owed(process& p, const exit_reason& why);

/// Tells a server that a request which it let go of was answered elsewhere.
struct owed_settled : envelope {
  pid caller;
  std::uint64_t ref;
  const call_completion* completion;  ///< Compared only.

  owed_settled(std::uint64_t serial, const call_envelope& call)
      : envelope{ops_table, serial},
        caller{call.caller_id()},
        ref{call.call_ref},
        completion{call.completion} {}

  static void settle(process& p, const owed_settled& answered);
  static void run(process& p, envelope& base);
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops owed_settled::ops_table{
    &owed_settled::run,        &drop_signal<owed_settled>, nullptr, envelope_kind::signal, false,
    &signal_name<owed_settled>};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/call_envelope_impl.hpp>
#endif
