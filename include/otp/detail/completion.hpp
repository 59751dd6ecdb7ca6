// How the result of a task travels: one envelope, made by the owner, held by the task's process, and
// sent back by its end, whatever end that is. So a task costs a process and one message.
#pragma once

#include <otp/detail/signals.hpp>
#include <otp/detail/take_message.hpp>
#include <otp/message.hpp>
#include <otp/result.hpp>

#include <optional>
#include <utility>

namespace otp {

/// The message that tells a task's owner of its end: the value, or why there is none. `await` and the
/// other operations of `otp::task` take it out of the mailbox; a server that does not wait lists it:
/// `using info = otp::messages<otp::completion<int>>;` (T-030).
template <class T>
struct completion {
  monitor_ref ref;    ///< `task<T>::ref()` of the task that it is about.
  result<T> outcome;
};

}  // namespace otp

namespace otp::detail {

template <class T>
struct completion_envelope : message_envelope<completion<T>> {
  using message = message_envelope<completion<T>>;

  /// For the owner `to`, who expects it under `ref`. As long as nobody says otherwise, the outcome is
  /// that the task ended without a value.
  completion_envelope(std::uint64_t to, monitor_ref ref)
      : message{to, completion<T>{ref, failure{exit_reason{}}}} {
    this->ops = &table;
  }

  static void say(const last_word& last, const exit_reason& why) noexcept {
    auto& e = static_cast<completion_envelope&>(*last.message);
    if (!e.payload.outcome) e.payload.outcome.error() = why;
    if (auto* const owner = process_arena::find(last.to)) {
      deliver_signal(*owner, e);
    } else {
      free_envelope(static_cast<message&>(e));
    }
  }

  /// Becomes a message if its owner still wants it.
  static void run_completion(process& p, envelope& base) {
    auto& e = static_cast<completion_envelope&>(base);
    if (auto* const rare = rare_of(p); rare == nullptr || !rare->monitors.erase(e.payload.ref)) {
      message::discard(e, {});  // T-009
      return;
    }
    e.ops = &message::ops_table;
    p.append(e);
  }

  static const envelope_ops table;
};
template <class T>
constexpr envelope_ops completion_envelope<T>::table =
    signal_ops(&completion_envelope::run_completion, &completion_envelope::message::discard,
               &signal_name<completion<T>>);

/// Whether `e` is the message that the task known as `ref` has ended.
template <class T>
bool is_completion(const envelope& e, monitor_ref ref) noexcept {
  return e.ops->payload == type_tag<completion<T>>() &&
         static_cast<const message_envelope<completion<T>>&>(e).payload.ref == ref;
}

template <class T>
result<T> take_outcome(owned_envelope e) {
  return std::move(static_cast<message_envelope<completion<T>>&>(*e).payload.outcome);
}

/// Waits for the end of the task `ref` up to `timeout`. Nothing when it has not ended by then, and at
/// once when nobody will ever tell: its completion has been taken or is not wanted any more.
template <class T>
std::optional<result<T>> await_completion(process& self, monitor_ref ref,
                                          std::chrono::nanoseconds timeout) {
  const auto fits = [ref](const envelope& e) { return is_completion<T>(e, ref); };
  const auto* const rare = rare_of(self);
  const bool awaited = rare != nullptr && rare->monitors.contains(ref);
  auto e = take_message(self, awaited ? timeout : std::chrono::nanoseconds::zero(), fits);
  if (e == nullptr) return std::nullopt;
  return take_outcome<T>(std::move(e));
}

/// The end of the task `ref` is of no interest any more. The outcome if it was known already.
template <class T>
std::optional<result<T>> forget_completion(process& self, monitor_ref ref) {
  this_worker()->receive_all(self);
  auto* const rare = rare_of(self);
  if (rare == nullptr || rare->monitors.erase(ref)) return std::nullopt;
  auto e = find_message(self, [ref](const envelope& m) { return is_completion<T>(m, ref); });
  if (e == nullptr) return std::nullopt;
  return take_outcome<T>(std::move(e));
}

/// Removes the message that the linked process `from` has ended, if it is there.
inline void forget_exit(process& self, const pid& from) {
  find_message(self, [&](const envelope& e) {
    return e.ops->payload == type_tag<exited>() &&
           static_cast<const message_envelope<exited>&>(e).payload.from == from;
  });
}

}  // namespace otp::detail
