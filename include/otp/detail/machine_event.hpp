// The events of a state machine that are not messages: inserted ones, timeouts, and calls that it may
// postpone. Each knows the machine's class and the handler it is for, and is an envelope, so that it
// waits, is handled and is given up like any other.
#pragma once

#include <otp/detail/call_envelope.hpp>
#include <otp/detail/controlled_behaviour.hpp>
#include <otp/detail/request.hpp>
#include <otp/detail/state_handlers.hpp>
#include <otp/detail/statem_fsm.hpp>
#include <otp/from.hpp>

#include <concepts>
#include <memory>
#include <optional>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace otp::detail {

/// The name of a named timeout: any value that can be compared. Equal values of different types are
/// different names.
class timeout_name {
 public:
  timeout_name() = default;
  template <std::equality_comparable N>
    requires(!std::same_as<N, timeout_name>)
  explicit timeout_name(const N& name)
      : type_{type_tag<N>()},
        value_{std::make_shared<const N>(name)},
        equal_{[](const void* a, const void* b) {
          return *static_cast<const N*>(a) == *static_cast<const N*>(b);
        }} {}

  friend bool operator==(const timeout_name& a, const timeout_name& b) {
    return a.type_ == b.type_ && (a.type_ == nullptr || a.equal_(a.value_.get(), b.value_.get()));
  }

 private:
  type_id type_ = nullptr;
  std::shared_ptr<const void> value_;
  bool (*equal_)(const void*, const void*) = nullptr;
};

using machine_fsm = statem_fsm<owned_envelope, timeout_name>;

/// An event for the hook `Hook` of the machine `S`, with the arguments `A`.
template <class S, class Hook, class... A>
struct machine_event final : envelope {
  std::tuple<A...> content;

  explicit machine_event(A&&... a) : envelope{ops_table, 0}, content(std::move(a)...) {}

  static void run(process& p, envelope& e) {
    static_cast<machine_behaviour<S>&>(*p.behaviour)
        .handle_event(p, static_cast<machine_event&>(e));
  }
  static void discard(envelope& e, const exit_reason&) noexcept {
    free_envelope(static_cast<machine_event&>(e));
  }
  static std::string_view name() noexcept { return Hook::name; }
  static const envelope_ops ops_table;
};
template <class S, class Hook, class... A>
constexpr envelope_ops machine_event<S, Hook, A...>::ops_table{
    &machine_event::run, &machine_event::discard, nullptr, envelope_kind::request, false,
    &machine_event::name};

/// A call whose handler gets the right to answer it. If it is given up, the caller hears through
/// `caller`.
template <class S, class M>
struct machine_call final : envelope {
  M message;
  from<reply_of<M>> caller;

  machine_call(call_request<S, M>& call, process& p)
      // The message leaves the request first: that is answered through `caller`.
      : envelope{ops_table, 0}, message(std::move(call.message)), caller{call, p} {}

  static void run(process& p, envelope& e) {
    static_cast<machine_behaviour<S>&>(*p.behaviour).handle_event(p, static_cast<machine_call&>(e));
  }
  static void discard(envelope& e, const exit_reason&) noexcept {
    free_envelope(static_cast<machine_call&>(e));
  }
  static const envelope_ops ops_table;
};
template <class S, class M>
constexpr envelope_ops machine_call<S, M>::ops_table{
    &machine_call::run, &machine_call::discard, nullptr, envelope_kind::request, false,
    &message_name<M>};

/// A reply that is sent when the handler has returned.
template <class R>
struct pending_reply final : envelope {
  from<R> caller;
  stored_reply<R> value;

  template <class... V>
  pending_reply(from<R>&& to, V&&... v)
      : envelope{ops_table, 0}, caller(std::move(to)), value(std::forward<V>(v)...) {}

  static void run(process& p, envelope& e) {
    auto& self = static_cast<pending_reply&>(e);
    static_cast<controlled_behaviour&>(*p.behaviour)
        .note_reply(p, type_name<R>(), self.caller.caller());
    self.caller.reply(std::move(self.value));
    free_envelope(self);
  }
  static void discard(envelope& e, const exit_reason&) noexcept {
    free_envelope(static_cast<pending_reply&>(e));
  }
  static const envelope_ops ops_table;
};
template <class R>
constexpr envelope_ops pending_reply<R>::ops_table{
    &pending_reply::run,        &pending_reply::discard, nullptr, envelope_kind::request, false,
    &signal_name<pending_reply>};

/// What a handler of a machine asked for.
struct machine_directive {
  std::vector<owned_envelope> replies;
  machine_fsm::outcome outcome;
  std::optional<exit_reason> stop;
};

}  // namespace otp::detail
