// How receive finds the message that fits, and waits for one.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/detail/envelope.hpp>
#include <otp/message.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <tuple>
#include <type_traits>
#include <utility>

namespace otp {
template <class F>
struct after_clause;
}

namespace otp::detail {

template <class F>
struct handler_traits : handler_traits<decltype(&F::operator())> {};
template <class C, class R, class M>
struct handler_traits<R (C::*)(M) const> {
  using message = std::remove_cvref_t<M>;
  using result = R;
};
template <class C, class R, class M>
struct handler_traits<R (C::*)(M)> : handler_traits<R (C::*)(M) const> {};
template <class C, class R, class M>
struct handler_traits<R (C::*)(M) const noexcept> : handler_traits<R (C::*)(M) const> {};
template <class C, class R, class M>
struct handler_traits<R (C::*)(M) noexcept> : handler_traits<R (C::*)(M) const> {};
template <class R, class M>
struct handler_traits<R(M)> {
  using message = std::remove_cvref_t<M>;
  using result = R;
};
template <class R, class M>
struct handler_traits<R(M) noexcept> : handler_traits<R(M)> {};
template <class F>
struct handler_traits<F*> : handler_traits<F> {};
template <class F>
struct handler_traits<F* const> : handler_traits<F> {};

template <class T>
inline constexpr bool is_after = false;
template <class F>
inline constexpr bool is_after<after_clause<F>> = true;

/// The wait of a receive: knows the types that fit, and keeps the envelope that did. With `Any`,
/// every message fits.
template <std::size_t N, bool Any>
struct receive_wait : wait_record {
  std::array<type_id, N> accepted;
  envelope* found = nullptr;

  explicit receive_wait(const std::array<type_id, N>& types) : accepted{types} {
    takes_message = [](wait_record& w, envelope& e) {
      auto& self = static_cast<receive_wait&>(w);
      if (!self.fits(e)) return false;
      self.found = &e;
      return true;
    };
  }
  receive_wait(const receive_wait&) = delete;
  receive_wait& operator=(const receive_wait&) = delete;
  ~receive_wait() {
    if (found != nullptr) found->ops->discard(*found, {});  // killed between match and handler
  }

  bool fits(const envelope& e) const noexcept {
    if constexpr (Any) return e.ops->kind == envelope_kind::message;
    for (const auto type : accepted) {
      if (e.ops->payload == type) return true;
    }
    return false;
  }

  /// The oldest message in the mailbox that fits.
  bool search(process& p) noexcept {
    envelope* before = nullptr;
    for (auto* e = p.first; e != nullptr; before = e, e = e->next) {
      if (!fits(*e)) continue;
      p.unchain(*e, before);
      found = e;
      return true;
    }
    return false;
  }
};

template <class M>
struct owned_message {
  explicit owned_message(envelope& e) : envelope_{static_cast<message_envelope<M>&>(e)} {}
  owned_message(const owned_message&) = delete;
  owned_message& operator=(const owned_message&) = delete;
  ~owned_message() { free_envelope(envelope_); }
  M take() { return std::move(envelope_.payload); }

 private:
  message_envelope<M>& envelope_;
};

template <class Result, class Handler, class... Rest>
Result dispatch_message(envelope& e, Handler& handler, Rest&... rest) {
  using message = typename handler_traits<Handler>::message;
  if constexpr (std::is_same_v<message, any_message>) {
    const any_message what{e.ops->name()};
    e.ops->discard(e, {});
    return handler(what);
  } else if (e.ops->payload == type_tag<message>()) {
    auto payload = owned_message<message>{e}.take();
    return handler(std::move(payload));
  }
  if constexpr (sizeof...(Rest) > 0) {
    return dispatch_message<Result>(e, rest...);
  } else {
    __builtin_unreachable();
  }
}

/// What every receive does first: gives way when its turn is over, and acts on the signals that have
/// arrived. P-046: an exit signal comes before messages still unread.
void attend(process& self);

template <class... Handlers>
auto receive_clauses(process& self, std::chrono::nanoseconds timeout, auto& on_timeout,
                     Handlers&... handlers) {
  using result =
      typename handler_traits<std::tuple_element_t<0, std::tuple<Handlers...>>>::result;
  static_assert((std::is_same_v<result, typename handler_traits<Handlers>::result> && ...),
                "all handlers of one receive must return the same type");
  constexpr bool any =
      (std::is_same_v<typename handler_traits<Handlers>::message, any_message> || ...);
  receive_wait<sizeof...(Handlers), any> w{
      std::array{type_tag<typename handler_traits<Handlers>::message>()...}};
  attend(self);
  auto& here = *this_worker();
  if (!w.search(self) && here.receive_all(self)) {
    here.end_if_exiting(self);
    w.search(self);
  }
  if (w.found == nullptr && timeout.count() != 0) {
    w.timeout = timeout;
    here.suspend(self, w);
  }
  if (w.found == nullptr) return static_cast<result>(on_timeout());
  auto& e = *std::exchange(w.found, nullptr);
  return dispatch_message<result>(e, handlers...);
}

template <class Tuple, std::size_t... I>
auto receive_tuple(process& self, Tuple clauses, std::index_sequence<I...>) {
  using last = std::remove_cvref_t<std::tuple_element_t<sizeof...(I), Tuple>>;
  auto& tail = std::get<sizeof...(I)>(clauses);
  if constexpr (is_after<last>) {
    if constexpr (sizeof...(I) == 0) {
      attend(self);
      wait_record w;
      w.timeout = tail.timeout;
      if (tail.timeout.count() != 0) this_worker()->suspend(self, w);
      return tail.function();
    } else {
      return receive_clauses(self, tail.timeout, tail.function, std::get<I>(clauses)...);
    }
  } else {
    auto never = []() -> typename handler_traits<last>::result { __builtin_unreachable(); };
    return receive_clauses(self, forever, never, std::get<I>(clauses)..., tail);
  }
}

template <class... Clauses>
auto receive_with(process& self, Clauses&&... clauses) {
  static_assert(sizeof...(Clauses) > 0, "receive needs at least one handler");
  return receive_tuple(self, std::forward_as_tuple(clauses...),
                       std::make_index_sequence<sizeof...(Clauses) - 1>{});
}

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/attend_impl.hpp>
#endif
