// Starting servers: `start`, `start_link`, and what they return. For every kind of server, so for
// otp::gen_server and otp::gen_statem alike.
//
//     auto ref = otp::start_link<counter>({.name = "counter"}, 10);   // throws start_error
//     auto outcome = otp::try_start<counter>(10);                     // a result instead
#pragma once

#include <otp/detail/start_server.hpp>
#include <otp/infinity.hpp>
#include <otp/mailbox.hpp>
#include <otp/process.hpp>
#include <otp/result.hpp>
#include <otp/server_name.hpp>
#include <otp/server_ref.hpp>

#include <chrono>
#include <tuple>
#include <utility>

namespace otp {

/// How a server is started.
struct start_options {
  server_name name{};  ///< Registered before init runs (G-015); empty: none.
  std::chrono::nanoseconds timeout =
      infinity;  ///< For init; after it the server is killed (G-012).
  mailbox_limit mailbox{};  ///< By default the mailbox has no limit.
};

/// In a constructor or init: this server is not to be started. `start` then throws a start_error
/// that is `ignored()`, and a supervisor goes on without the child (G-009).
[[noreturn]] inline void ignore() { throw detail::start_ignored{}; }

template <class S>
using start_result = result<server_ref<S>, start_failure>;

namespace detail {

// What try_start_link does; a child of a supervisor starts with options that are not copied each time.
template <class S, class Arguments>
start_result<S> start_linked(const start_options& options, Arguments arguments) {
  auto& self = require_process("otp::start_link");
  return start_server<S>(self.core(), options.name, options.timeout, options.mailbox, true,
                         std::move(arguments));
}

}  // namespace detail

/// Starts a server of class `S` with the constructor arguments `arguments`, which are copied or moved
/// into the new process. Returns when its init has finished (G-001, G-002), or why it has not: the
/// reason that init ended with (G-003, G-007, G-008), `already_started` when the name is taken
/// (G-013), `timeout` (G-012).
template <class S, class... A>
start_result<S> try_start(start_options options, A... arguments) {
  auto& core = detail::current_core("otp::start");
  return detail::start_server<S>(core, options.name, options.timeout, options.mailbox, false,
                                 std::tuple<A...>{std::move(arguments)...});
}
/// As try_start, linked to the calling process, which is then its parent (G-001). In a process.
template <class S, class... A>
start_result<S> try_start_link(start_options options, A... arguments) {
  return detail::start_linked<S>(options, std::tuple<A...>{std::move(arguments)...});
}

/// As try_start; throws start_error with the reason.
template <class S, class... A>
server_ref<S> start(start_options options, A... arguments) {
  return detail::started_or_throw(otp::try_start<S>(std::move(options), std::move(arguments)...));
}
/// As try_start_link; throws start_error with the reason. In a process.
template <class S, class... A>
server_ref<S> start_link(start_options options, A... arguments) {
  return detail::started_or_throw(
      otp::try_start_link<S>(std::move(options), std::move(arguments)...));
}

/// The same without options.
template <class S, class... A>
  requires(detail::not_options<start_options, A...>)
start_result<S> try_start(A... arguments) {
  return otp::try_start<S>(start_options{}, std::move(arguments)...);
}
template <class S, class... A>
  requires(detail::not_options<start_options, A...>)
start_result<S> try_start_link(A... arguments) {
  return otp::try_start_link<S>(start_options{}, std::move(arguments)...);
}
template <class S, class... A>
  requires(detail::not_options<start_options, A...>)
server_ref<S> start(A... arguments) {
  return otp::start<S>(start_options{}, std::move(arguments)...);
}
template <class S, class... A>
  requires(detail::not_options<start_options, A...>)
server_ref<S> start_link(A... arguments) {
  return otp::start_link<S>(start_options{}, std::move(arguments)...);
}

template <class S, class... A>
auto runtime::start(A&&... arguments) {
  const auto scope = enter();
  return otp::start<S>(std::forward<A>(arguments)...);
}
template <class S, class... A>
auto runtime::start(start_options options, A&&... arguments) {
  const auto scope = enter();
  return otp::start<S>(std::move(options), std::forward<A>(arguments)...);
}
template <class S, class... A>
auto runtime::try_start(A&&... arguments) {
  const auto scope = enter();
  return otp::try_start<S>(std::forward<A>(arguments)...);
}
template <class S, class... A>
auto runtime::try_start(start_options options, A&&... arguments) {
  const auto scope = enter();
  return otp::try_start<S>(std::move(options), std::forward<A>(arguments)...);
}

}  // namespace otp
