// What a process is doing, for people and for tests: `otp::process_info`.
//
//     const auto info = otp::process_info(p);
//     if (info) fmt::print("{} wait, {} bytes\n", info->message_queue_len, info->memory.total());
#pragma once

#include <otp/config.hpp>
#include <otp/pid.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace otp {

/// What a process takes of the memory, in bytes: of what the library has allocated for it. What its
/// state and its messages point to, strings and containers, is not seen.
struct OTP_VISIBLE process_memory {
  std::size_t slot = 0;      ///< What every process has, and its mailbox.
  std::size_t object = 0;    ///< The server with its state, or the function of a body.
  std::size_t stack = 0;     ///< While it waits in a handler or body: what is reserved for its
                             ///< stack, of which only the pages that were used take memory.
  std::size_t messages = 0;  ///< The messages, casts and calls that wait to be handled.

  std::size_t total() const noexcept { return slot + object + stack + messages; }
};

/// A process at one moment. All pids in the order in which the relations were made.
struct OTP_VISIBLE process_information {
  std::string kind;                    ///< The server's class, or what else runs in it.
  std::vector<std::string> registered_names;
  std::size_t message_queue_len = 0;   ///< Messages and requests that wait to be handled.
  std::size_t message_queue_limit = 0; ///< How many may wait (otp/mailbox.hpp); 0: any number.
  std::size_t messages_refused = 0;    ///< How many there was no room for.
  std::vector<pid> links;
  std::vector<pid> monitors;           ///< Whom it watches.
  std::vector<pid> monitored_by;       ///< Who watches it.
  std::vector<pid> ancestors;          ///< Its parent first; the oldest may be left out.
  bool trap_exit = false;
  bool waiting = false;                ///< Inside a handler or body, which waits for something.
  std::string last_message;            ///< The type of what it handles, or has handled last.
  /// The type of the message that it is handling: known of a server that waits in a handler, and of
  /// who asks about itself; else empty.
  std::string current_message;
  std::uint64_t reductions = 0;        ///< Messages handled, calls and receives since it began.
  process_memory memory;
};

/// Asks a process about itself; nothing when it has ended, or does not get round to it in
/// `timeout`.
///
/// Like a link or monitor request, the question is looked at before the messages that are still
/// unread, also while the process waits in a handler; but not before a running handler comes to its
/// next wait. In a process or on a plain thread.
std::optional<process_information> process_info(
    const pid& who, std::chrono::nanoseconds timeout = std::chrono::seconds{5});

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/process_info_impl.hpp>
#endif
