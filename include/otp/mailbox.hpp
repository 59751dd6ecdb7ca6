// How many messages may wait for a server, and what becomes of the others. Without a limit, as in
// OTP, a server that is slower than those who send to it grows until there is no memory left.
//
//     otp::start_link<indexer>({.name = "indexer",
//                               .mailbox = {.limit = 1000, .when_full = otp::when_full::wait}});
//
// The limit is for what users send: `call`, `cast`, `send`, and broadcasts of pubsub. What keeps
// the system in order always arrives, however full the mailbox is: replies, also those to an alias,
// exit signals, `down`, timers, the requests of otp::sys, `stop`, and what a process sends to
// itself. It takes room like the rest.
#pragma once

#include <cstdint>

namespace otp {

/// What happens to a message for a full mailbox.
enum class when_full : std::uint8_t {
  /// The sender is told: a call fails at once with `mailbox_full`, and `cast` and `send` throw
  /// exit_error with that reason.
  refuse,
  /// The message is lost, as if the server was gone; a call fails at once with `mailbox_full`. How
  /// many were lost is in `otp::process_info`.
  shed,
  /// The sender waits until what is in the mailbox now has been handled, and tries again. A call
  /// waits for its answer anyway, at most for its timeout; one with a completion token, which
  /// nobody waits for, fails at once with `mailbox_full`. Whoever would wait for itself in a circle
  /// gets an exit_error that names it.
  wait,
};

/// The limit of a mailbox.
struct mailbox_limit {
  std::uint32_t limit =
      0;  ///< Messages and requests that wait, the one being handled not counted; 0: none.
  otp::when_full when_full = otp::when_full::refuse;
};

}  // namespace otp
