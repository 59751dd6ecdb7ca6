// Which handlers a server class has. They are found by concepts, matched exactly (a handler for int
// does not take a bool), and a handler that is there but cannot be used is a compile error instead
// of a hook that is silently never called.
#pragma once

#include <otp/from.hpp>
#include <otp/message.hpp>

#include <concepts>
#include <type_traits>
#include <utility>

namespace otp {
template <class R>
class reply;
class noreply;
}  // namespace otp

namespace otp::detail {

/// The mark of state machines: otp::gen_statem derives from it.
struct machine_mark {};
template <class S>
concept is_machine = std::is_base_of_v<machine_mark, S>;

// What is said of machines instead, in detail/state_handlers.hpp.
template <class S, class M>
constexpr void require_machine_handles_call();
template <class S, class M>
constexpr void require_machine_handles_cast();
template <class S>
constexpr void require_machine();

// Probes that convert to T in one way only, so that overload resolution cannot convert further.
template <class T>
struct exact_value {
  template <class U>
    requires std::same_as<U, T>
  operator U() const;
};
template <class T>
struct exact_const {
  template <class U>
    requires std::same_as<U, T>
  operator const U&() const;
};
template <class T>
struct exact_rvalue {
  template <class U>
    requires std::same_as<U, T>
  operator U&&() const;
};

#define OTP_DETAIL_HANDLER(hook)                                                           \
  template <class S, class M, class... More>                                               \
  concept has_##hook =                                                                     \
      requires(S& s, More... more) { s.hook(exact_value<M>{}, std::move(more)...); } ||    \
      requires(S& s, More... more) { s.hook(exact_const<M>{}, std::move(more)...); } ||    \
      requires(S& s, More... more) { s.hook(exact_rvalue<M>{}, std::move(more)...); };

OTP_DETAIL_HANDLER(handle_call)
OTP_DETAIL_HANDLER(handle_cast)
OTP_DETAIL_HANDLER(handle_info)
OTP_DETAIL_HANDLER(handle_continue)
OTP_DETAIL_HANDLER(terminate)
#undef OTP_DETAIL_HANDLER

template <class S>
concept has_init = requires(S& s) { s.init(); };

template <class S>
concept has_format_status = requires(const S& s) {
  { s.format_status() } -> std::convertible_to<std::string>;
};

// A name that occurs in S makes it ambiguous in a class that also inherits it from `hook_names`;
// also a private one, and one with other parameters.
struct hook_names {
  void terminate();
  void init();
  void handle_info();
  void handle_continue();
  void format_status();
  void handle_enter();
};
template <class S>
struct with_hook_names : S, hook_names {};
template <class S>
concept names_terminate = !requires { &with_hook_names<S>::terminate; };
template <class S>
concept names_init = !requires { &with_hook_names<S>::init; };
template <class S>
concept names_handle_info = !requires { &with_hook_names<S>::handle_info; };
template <class S>
concept names_handle_continue = !requires { &with_hook_names<S>::handle_continue; };
template <class S>
concept names_format_status = !requires { &with_hook_names<S>::format_status; };

template <class S>
concept names_handle_enter = !requires {
  &with_hook_names<S>::handle_enter;
};

template <class S>
struct info_of {
  using type = messages<>;
};
template <class S>
  requires requires { typename S::info; }
struct info_of<S> {
  using type = typename S::info;
};
template <class S>
struct continues_of {
  using type = messages<>;
};
template <class S>
  requires requires { typename S::continues; }
struct continues_of<S> {
  using type = typename S::continues;
};

template <class S, class R>
constexpr bool is_reply_type =
    std::same_as<S, stored_reply<R>> || std::same_as<S, R> || std::same_as<S, reply<R>>;

template <class S, class M>
concept answers_later = has_handle_call<S, M, from<typename M::reply>>;
template <class S, class M>
concept answers_now = has_handle_call<S, M>;

template <class M>
constexpr void require_request() {
  static_assert(requires { typename M::reply; },
                "otp::call: the message has no reply type, so it is a cast or an info. Give it "
                "`using reply = ...;`, or use otp::cast");
  require_sendable<M>();
}

template <class S, class M>
constexpr void require_server_handles_call() {
  static_assert(answers_now<S, M> || answers_later<S, M>,
                "otp::call: the server has no handle_call for exactly this message type: declare "
                "`R handle_call(M)` or `void handle_call(M, otp::from<R>)` with R = M::reply, public; "
                "if a base class has it, say `using base::handle_call;`");
  static_assert(!(answers_now<S, M> && answers_later<S, M>),
                "otp::call: the server has both handle_call(M) and handle_call(M, from): keep one");
}

template <class S, class M>
constexpr void require_handles_call() {
  if constexpr (is_machine<S>) {
    require_machine_handles_call<S, M>();
  } else {
    require_server_handles_call<S, M>();
  }
}

template <class S, class M>
constexpr void require_server_handles_cast() {
  static_assert(!requires { typename M::reply; },
                "otp::cast: the message has a reply type, so it is a call: use otp::call");
  static_assert(has_handle_cast<S, M>,
                "otp::cast: the server has no handle_cast for exactly this message type: declare "
                "`void handle_cast(M)`, public; if a base class has it, say "
                "`using base::handle_cast;`");
}

template <class S, class M>
constexpr void require_handles_cast() {
  if constexpr (is_machine<S>) {
    require_machine_handles_cast<S, M>();
  } else {
    require_server_handles_cast<S, M>();
  }
}

template <class S, class... M>
constexpr bool handles_all_infos(messages<M...>) {
  return (has_handle_info<S, M> && ...);
}
template <class S, class... M>
constexpr bool handles_all_continues(messages<M...>) {
  return (has_handle_continue<S, M> && ...);
}

template <class S>
constexpr void require_gen_server() {
  static_assert(
      !names_terminate<S> || has_terminate<S, exit_reason>,
      "terminate is not callable: declare `void terminate(const otp::exit_reason&)`, public");
  static_assert(handles_all_infos<S>(typename info_of<S>::type{}),
                "a message listed in `info` has no handler: declare `void handle_info(M)`, public");
  static_assert(!names_handle_info<S> || !std::same_as<typename info_of<S>::type, messages<>> ||
                    has_handle_info<S, down> || has_handle_info<S, exited> ||
                    has_handle_info<S, idle_timeout>,
                "handle_info is never called: list its messages, `using info = "
                "otp::messages<...>;`, and make both public");
  static_assert(handles_all_continues<S>(typename continues_of<S>::type{}),
                "a message listed in `continues` has no handler: declare `void handle_continue(M)`");
  static_assert(!names_handle_continue<S> ||
                    !std::same_as<typename continues_of<S>::type, messages<>>,
                "handle_continue is never called: list its messages, `using continues = "
                "otp::messages<...>;`, public");
}

/// What can be said about a server class without knowing a message.
template <class S>
constexpr void require_server() {
  static_assert(
      !std::is_final_v<S>,
      "a server class may not be final: otp looks for misspelt hooks by deriving from it");
  static_assert(!names_init<S> || has_init<S>,
                "init is not callable: declare `void init()`, public");
  static_assert(
      !names_format_status<S> || has_format_status<S>,
      "format_status is not callable: declare `std::string format_status() const`, public");
  if constexpr (is_machine<S>) {
    require_machine<S>();
  } else {
    require_gen_server<S>();
  }
}

}  // namespace otp::detail
