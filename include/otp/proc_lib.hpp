// Processes that acknowledge their start: what every behaviour's start is built on, for processes of
// your own.
//
//     auto port = otp::proc_lib::start_link<int>([](otp::proc_lib::init_ack<int>& ack) {
//       auto listener = listen();
//       ack(listener.port());                   // now start_link returns
//       serve(listener);
//     });
#pragma once

#include <otp/detail/ack_body.hpp>
#include <otp/infinity.hpp>
#include <otp/result.hpp>

#include <chrono>
#include <concepts>
#include <utility>

namespace otp::proc_lib {

/// The right of a new process to acknowledge its start, once. Used by that process only.
template <class V>
class init_ack {
 public:
  explicit init_ack(from<V>& starter) noexcept : starter_{starter} {}
  init_ack(const init_ack&) = delete;
  init_ack& operator=(const init_ack&) = delete;

  /// The starter gets `value` and goes on (L-001). A second acknowledgement has no effect.
  template <class... A>
  void operator()(A&&... value) {
    starter_.reply(std::forward<A>(value)...);
  }

 private:
  from<V>& starter_;
};

/// A function that a process runs, which acknowledges with a `V`.
template <class F, class V>
concept acknowledging = std::invocable<F, init_ack<V>&> && std::move_constructible<F>;

/// Starts a process that runs `body(ack)`, linked to the calling process, and waits until it has
/// acknowledged. Returns what it acknowledged with; or the reason of its end, if it ended before,
/// `normal` included, and then the `exited` that the caller gets for it if it traps exits is not left
/// in its mailbox (L-002); or `timeout`, when it was killed after `timeout`, which does not hurt the
/// caller (L-003). A caller that does not trap exits ends with a process that fails, as with any
/// link. In a process.
template <class V, acknowledging<V> F>
result<V> start_link(F body, std::chrono::nanoseconds timeout = infinity) {
  return detail::start_acknowledged<V, init_ack<V>>("otp::proc_lib::start_link", true, timeout,
                                                    std::move(body));
}

/// As start_link, without a link. In a process or on a plain thread that has entered a runtime.
template <class V, acknowledging<V> F>
result<V> start(F body, std::chrono::nanoseconds timeout = infinity) {
  return detail::start_acknowledged<V, init_ack<V>>("otp::proc_lib::start", false, timeout,
                                                    std::move(body));
}

}  // namespace otp::proc_lib
