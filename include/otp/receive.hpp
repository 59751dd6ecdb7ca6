// Selective receive: `otp::receive`.
//
//     otp::receive([](ping p) { otp::send(p.from, pong{}); },
//                  [](stop) { otp::exit(otp::reason::normal); },
//                  otp::after(5s, [] { otp::exit(otp::reason::timeout); }));
#pragma once

#include <otp/detail/receive_impl.hpp>
#include <otp/process.hpp>

#include <chrono>
#include <type_traits>
#include <utility>

namespace otp {

/// What `receive` does when no message fits within `timeout`.
template <class F>
struct after_clause {
  std::chrono::nanoseconds timeout;
  F function;
};

/// The last argument of `receive`: runs `function` when nothing has fitted for `timeout`, which is
/// counted once and not from each message that does not fit (P-024). Zero looks at every message
/// that has arrived before it gives up (P-023).
template <class F>
after_clause<F> after(std::chrono::nanoseconds timeout, F function) {
  return {timeout, std::move(function)};
}

/// Takes the oldest message that one of `handlers` accepts, and calls that handler with it; the
/// others stay in the mailbox in their order (P-022). Waits until there is one.
///
/// A handler is a function or function object with exactly one parameter of a message type, by value
/// or by reference; `otp::exited` and `otp::down` are message types, and `otp::any_message` stands for
/// all that the handlers before it do not take. The last argument may be `after`.
/// Returns what the handler returns; all must return the same type. In a process.
template <class... Clauses>
auto receive(Clauses&&... clauses) {
  auto& self = detail::require_process("otp::receive");
  return detail::receive_with(self, std::forward<Clauses>(clauses)...);
}

}  // namespace otp
