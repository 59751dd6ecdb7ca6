// Which handlers a state machine has, state by state. A handler for one state, `handle_cast(in<open>,
// M)`, goes before one for all states, `handle_cast(state, M)`. They are found by concepts, matched
// exactly, and that every state handles an event is checked where the event is sent or asked for.
#pragma once

#include <otp/detail/enumerators.hpp>
#include <otp/detail/handlers.hpp>
#include <otp/from.hpp>
#include <otp/message.hpp>

#include <concepts>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp {

template <class D>
class transition;

/// Says that a handler is for the state `V` only; `in<V>` inside a gen_statem.
template <auto V>
struct in_state {
  static constexpr auto value = V;
};

}  // namespace otp

namespace otp::detail {

template <class T>
struct exact_lvalue {
  template <class U>
    requires std::same_as<U, T>
  operator U&() const;
};

/// The hook NAME: whether `S` has it for the place `W` (a state or an `in_state`) and arguments `A`.
/// Arguments are handed over as lvalues, since an event may be postponed and come again.
#define OTP_DETAIL_STATE_HOOK(NAME)                                                  \
  struct NAME##_hook {                                                               \
    static constexpr std::string_view name = #NAME;                                  \
    template <class S, class W>                                                      \
    static constexpr bool has_plain = requires(S & s, const W& w) {                  \
      s.NAME(w);                                                                     \
    };                                                                               \
    template <class S, class W, class M, class... A>                                 \
    static constexpr bool has_with = requires(S & s, const W& w, A&... a) {          \
      s.NAME(w, exact_value<M>{}, a...);                                             \
    }                                                                                \
    || requires(S & s, const W& w, A&... a) { s.NAME(w, exact_const<M>{}, a...); }   \
    || requires(S & s, const W& w, A&... a) { s.NAME(w, exact_lvalue<M>{}, a...); }; \
    template <class S, class W, class... A>                                          \
    static constexpr bool has() {                                                    \
      if constexpr (sizeof...(A) == 0) {                                             \
        return has_plain<S, W>;                                                      \
      } else {                                                                       \
        return has_with<S, W, A...>;                                                 \
      }                                                                              \
    }                                                                                \
    template <class S, class W, class... A>                                          \
    static decltype(auto) call(S& s, const W& w, A&... a) {                          \
      return s.NAME(w, a...);                                                        \
    }                                                                                \
  };

OTP_DETAIL_STATE_HOOK(handle_call)
OTP_DETAIL_STATE_HOOK(handle_cast)
OTP_DETAIL_STATE_HOOK(handle_info)
OTP_DETAIL_STATE_HOOK(handle_internal)
OTP_DETAIL_STATE_HOOK(handle_state_timeout)
OTP_DETAIL_STATE_HOOK(handle_event_timeout)
OTP_DETAIL_STATE_HOOK(handle_timeout)
OTP_DETAIL_STATE_HOOK(handle_enter)
#undef OTP_DETAIL_STATE_HOOK

template <class S>
using state_of = typename S::state;

/// Whether the handler for exactly `W` or the one for all states takes `A`.
template <class Hook, class S, class W, class... A>
constexpr bool handled_at() {
  return Hook::template has<S, W, A...>() || Hook::template has<S, state_of<S>, A...>();
}

/// Whether some state takes `A`.
template <class Hook, class S, class... A>
constexpr bool handled_somewhere() {
  if (Hook::template has<S, state_of<S>, A...>()) return true;
  if constexpr (std::is_enum_v<state_of<S>>) {
    return any_enumerator<state_of<S>>(
        []<auto V>() { return Hook::template has<S, in_state<V>, A...>(); });
  }
  return false;
}

/// Whether a call of `M` is handled at `W`: `R handle_call(W, M)` or
/// `transition handle_call(W, M, otp::from<R>&)`.
template <class S, class W, class M>
constexpr bool call_handled_at() {
  return handled_at<handle_call_hook, S, W, M>() ||
         handled_at<handle_call_hook, S, W, M, from<reply_of<M>>>();
}

#define OTP_DETAIL_STATE_IS "the state stands above as `W = otp::in_state<...>`; declare the "

template <class Hook, class S, class W, class... A>
constexpr bool require_at() {
  static_assert(
      handled_at<Hook, S, W, A...>(),
      "a state does not handle this event: " OTP_DETAIL_STATE_IS
      "handler that `Hook` names, public, with `in<that state>` as its first parameter, or "
      "with `state` for all states that have none of their own");
  return false;
}
template <class S, class W, class M>
constexpr bool require_call_at() {
  static_assert(
      call_handled_at<S, W, M>(),
      "otp::call: a state does not handle this call: " OTP_DETAIL_STATE_IS
      "handler `R handle_call(in<that state>, M)` or `transition handle_call(in<that "
      "state>, M, otp::from<R>& caller)` with R = M::reply, public, or with `state` for all "
      "states that have none of their own");
  return false;
}
#undef OTP_DETAIL_STATE_IS

template <class S>
constexpr void require_state_type() {
  using state = state_of<S>;
  if constexpr (std::is_enum_v<state>) {
    static_assert(scoped_enum<state>, "the states of a gen_statem are an `enum class`");
    static_assert(
        !enumerator_name<static_cast<state>(0)>().empty(),
        "the states of a gen_statem are numbered from 0, as an `enum class` does by itself");
  } else {
    static_assert(std::regular<state>,
                  "the state of a gen_statem is an `enum class`, or a value that can be copied, "
                  "compared with == and made without arguments");
  }
}

/// Every state takes `A`.
template <class Hook, class S, class... A>
constexpr void require_everywhere() {
  require_state_type<S>();
  if constexpr (std::is_enum_v<state_of<S>>) {
    any_enumerator<state_of<S>>([]<auto V>() { return require_at<Hook, S, in_state<V>, A...>(); });
  } else {
    require_at<Hook, S, state_of<S>, A...>();
  }
}

template <class S, class M>
constexpr void require_machine_handles_call() {
  require_state_type<S>();
  if constexpr (std::is_enum_v<state_of<S>>) {
    any_enumerator<state_of<S>>([]<auto V>() { return require_call_at<S, in_state<V>, M>(); });
  } else {
    require_call_at<S, state_of<S>, M>();
  }
}

template <class S, class M>
constexpr void require_machine_handles_cast() {
  static_assert(
      !requires { typename M::reply; },
      "otp::cast: the message has a reply type, so it is a call: use otp::call");
  require_everywhere<handle_cast_hook, S, M>();
}

template <class S, class... M>
constexpr void require_infos_everywhere(messages<M...>) {
  (require_everywhere<handle_info_hook, S, M>(), ...);
}

template <class S>
inline constexpr bool has_enter_calls = handled_somewhere<handle_enter_hook, S>() ||
                                        handled_somewhere<handle_enter_hook, S, state_of<S>>();

template <class S>
constexpr void require_machine() {
  require_state_type<S>();
  static_assert(
      !names_terminate<S> || has_terminate<S, exit_reason> ||
          has_terminate<S, exit_reason, state_of<S>>,
      "terminate is not callable: declare `void terminate(const otp::exit_reason&, state)`, "
      "public; the second parameter may be left out");
  static_assert(
      !names_handle_enter<S> || has_enter_calls<S>,
      "handle_enter is not callable: declare `entered handle_enter(in<a state>, state old)`, "
      "public; the second parameter may be left out");
  require_infos_everywhere<S>(typename info_of<S>::type{});
  if constexpr (handled_somewhere<handle_info_hook, S, down>()) {
    require_everywhere<handle_info_hook, S, down>();
  }
  if constexpr (handled_somewhere<handle_info_hook, S, exited>()) {
    require_everywhere<handle_info_hook, S, exited>();
  }
}

/// Calls `f(in_state<V>{})` for the state `V` that `now` is, or `f(now)` when states are no
/// enumeration. False: there is no such state.
template <class S, class F>
bool with_state(const state_of<S>& now, F&& f) {
  if constexpr (std::is_enum_v<state_of<S>>) {
    return any_enumerator<state_of<S>>([&]<auto V>() {
      if (now != V) return false;
      f(in_state<V>{});
      return true;
    });
  } else {
    f(now);
    return true;
  }
}

/// Calls the handler for `where`, else the one for all states.
template <class Hook, class S, class W, class... A>
decltype(auto) call_at(S& s, const W& where, A&... a) {
  if constexpr (Hook::template has<S, W, A...>()) {
    return Hook::call(s, where, a...);
  } else {
    return Hook::call(s, W::value, a...);
  }
}

/// Which handler takes a call of `M` at `W`, and how.
template <class S, class W, class M>
struct call_form {
  using R = reply_of<M>;
  template <class P>
  static constexpr bool takes_caller = handle_call_hook::has<S, P, M, from<R>>();
  static constexpr bool is_specific = takes_caller<W> || handle_call_hook::has<S, W, M>();
  using place_type = std::conditional_t<is_specific, W, state_of<S>>;
  static constexpr bool with_caller = takes_caller<place_type>;
  static_assert(!with_caller || !handle_call_hook::has<S, place_type, M>(),
                "a state has both handle_call(state, M) and handle_call(state, M, from): keep one");

  static constexpr const place_type& place(const W& where) {
    if constexpr (is_specific) {
      return where;
    } else {
      return W::value;
    }
  }

  static constexpr bool returns_reply() {
    if constexpr (with_caller) {
      return false;
    } else {
      using returned = decltype(handle_call_hook::call(
          std::declval<S&>(), std::declval<const place_type&>(), std::declval<M&>()));
      constexpr bool is_reply = std::same_as<returned, R>;
      static_assert(is_reply || std::same_as<returned, transition<S>>,
                    "handle_call(state, M) must return exactly M::reply, or transition");
      return is_reply;
    }
  }
  /// It returns the answer; else a transition.
  static constexpr bool answers = returns_reply();
};

}  // namespace otp::detail
