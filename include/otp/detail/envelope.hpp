// What travels through a mailbox. An envelope carries one pointer to a constant table of what can
// be done with it, bound where it was sent: no RTTI, no registry of message types.
#pragma once

#include <otp/detail/this_thread.hpp>
#include <otp/detail/type_name.hpp>
#include <otp/exit_reason.hpp>

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

namespace otp::detail {

class process;
struct envelope;

enum class envelope_kind : std::uint8_t {
  message,  ///< To an untyped pid: waits its turn, matched by type.
  request,  ///< A call or cast to a typed server, or a system request: waits its turn, runs `run`.
  reply,    ///< The answer to a call: acted on when taken.
  signal,   ///< Link, monitor, exit, DOWN, executor work: acted on when taken.
};

struct envelope_ops {
  /// signal, reply: acts on the process and frees the envelope.
  /// request: handles it in the server's state and frees or answers it; may wait.
  void (*run)(process&, envelope&);
  /// Nobody will handle it: tells whoever waits for it why, and frees it. Exactly once.
  void (*discard)(envelope&, const exit_reason&) noexcept;
  type_id payload;         ///< What receive and handle_info match; null when not a message.
  envelope_kind kind;
  bool wakes;              ///< Schedules a process that waits inside a handler.
  std::string_view (*name)() noexcept;  ///< The message's type, for reports and traces.
  bool is_call = false;     ///< It is a call_envelope that a server's handler answers.
  std::uint32_t bytes = 0;  ///< Of the envelope; 0: not known.
};

/// Has one holder at a time, who must run, answer or discard it.
struct envelope {
  envelope* next = nullptr;
  const envelope_ops* ops;
  /// Serial of the process it is meant for, compared when taken: a slot may have been reused
  /// between the sender's look and its push.
  std::uint64_t addressee;

  envelope(const envelope_ops& o, std::uint64_t serial) noexcept : ops{&o}, addressee{serial} {}
};

struct envelope_discarder {
  void operator()(envelope* e) const noexcept { e->ops->discard(*e, {}); }
};
/// An envelope that is discarded unless somebody takes it.
using owned_envelope = std::unique_ptr<envelope, envelope_discarder>;

template <class E, class... A>
E* make_envelope(A&&... arguments) {
  return ::new (allocate_block(sizeof(E))) E(std::forward<A>(arguments)...);
}

template <class E>
void free_envelope(E& e) noexcept {
  e.~E();
  deallocate_block(&e, sizeof(E));
}

/// Frees an envelope when its handling is over, however that ends.
template <class E>
struct freeing {
  E& e;
  ~freeing() { free_envelope(e); }
};

template <class M>
std::string_view message_name() noexcept {
  return type_name<M>();
}

/// An untyped message: what `send`, timers, DOWN and EXIT put into a mailbox.
template <class M>
struct message_envelope : envelope {
  M payload;

  template <class... A>
  explicit message_envelope(std::uint64_t serial, A&&... arguments)
      : envelope{ops_table, serial}, payload(std::forward<A>(arguments)...) {}

  static void discard(envelope& e, const exit_reason&) noexcept {
    free_envelope(static_cast<message_envelope&>(e));
  }
  static void run(process&, envelope& e) { discard(e, {}); }

  static const envelope_ops ops_table;
};

template <class M>
constexpr envelope_ops message_envelope<M>::ops_table{
    &message_envelope::run, &message_envelope::discard, type_tag<M>(), envelope_kind::message,
    false, &message_name<M>, false, sizeof(message_envelope)};

}  // namespace otp::detail
