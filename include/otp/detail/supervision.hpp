// The vocabulary of the two supervisors' state machines: what can happen, and what can be done
// about it. Rules that both have in common are here as well.
#pragma once

#include <otp/child_info.hpp>
#include <otp/child_spec.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>
#include <otp/result.hpp>
#include <otp/supervisor_spec.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>

namespace otp::detail::supervision {

// One attempt to start a child again that has been put off; a later attempt makes it void.
enum class retry_ticket : std::uint64_t {};

// ---- events: what happened

struct boot {};  // the supervisor itself starts
struct stop {};  // it ends: told to by its parent, or for a reason of its own

struct child_up {  // answers start_child
  pid process;
};
struct child_ignored {};  // answers start_child: it chose not to run
struct child_failed {     // answers start_child
  exit_reason reason;
};

struct child_gone {  // answers await_exit
  exit_reason reason;
};
struct child_overran {};  // answers await_exit: its time is up and it is still there

struct child_exited {  // an exit signal that nobody was waiting for
  pid process;
  exit_reason reason;
  std::chrono::nanoseconds now;
};
struct retry_due {  // comes back from the mailbox
  retry_ticket ticket;
  std::chrono::nanoseconds now;
};

struct add_child {  // requests of users from here on; each is answered by one reply
  child_spec spec;
};
struct terminate_child {
  std::string id;
};
struct restart_child {
  std::string id;
};
struct delete_child {
  std::string id;
};

using event =
    std::variant<boot, stop, child_up, child_ignored, child_failed, child_gone, child_overran,
                 child_exited, retry_due, add_child, terminate_child, restart_child, delete_child>;

// ---- actions: what to do

enum class report_kind : std::uint8_t {
  progress,          // a child is up; the only one that is not about a failure
  child_terminated,  // a child ended that should not have, or should not have in this way
  start_error,       // a child did not start: with its supervisor, or in a restart
  shutdown,          // too many restarts: the supervisor is about to give up
  shutdown_error,    // a child that was told to stop ended with another reason, or had to be killed
};

struct start_child {  // takes time; call the child's start function
  std::size_t index;
};
struct await_exit {  // takes time; until this child has exited, `infinity` or at most so long
  pid process;
  std::chrono::nanoseconds at_most;
};
struct send_exit {
  pid process;
  exit_reason reason;
};
struct retry {  // post retry_due to the own mailbox, behind what is there by then (V-038)
  retry_ticket ticket;
  std::chrono::nanoseconds after{0};  // from now on; zero: at once (V-037)
};
struct reply {  // to the request; nobody as the process when there is none to tell
  result<pid, child_error> outcome;
};
struct report {
  report_kind kind;
  exit_reason reason;
  child_info child;  // as it was before the supervisor acted on it (V-083)
};
struct finish {  // the supervisor's process ends
  exit_reason reason;
};

using action = std::variant<start_child, await_exit, send_exit, retry, reply, report, finish>;

}  // namespace otp::detail::supervision

namespace otp::detail {

// V-021 to V-024.
inline bool wants_restart(restart when, const exit_reason& reason) {
  switch (when) {
    case restart::permanent:
      return true;
    case restart::transient:
      return !reason.is_orderly();
    case restart::temporary:
      return false;
  }
  return false;
}

// Whether a child that was told to stop has ended as it should: killed if it was to be killed, else
// with shutdown. What does not have to run anyway may also end in another orderly way (V-055).
inline bool stopped_as_asked(const child_spec& spec, const exit_reason& reason) {
  if (reason == (spec.shutdown.is_brutal_kill() ? reason::killed : reason::shutdown)) return true;
  return spec.restart != restart::permanent && reason.is_orderly();
}

// The children that start again when the one at `failed` has to (V-025 to V-027): [first, last).
struct child_range {
  std::size_t first;
  std::size_t last;

  bool operator==(const child_range&) const = default;
};

constexpr child_range affected(strategy how, std::size_t failed, std::size_t children) {
  switch (how) {
    case strategy::one_for_one:
      return {failed, failed + 1};
    case strategy::rest_for_one:
      return {failed, children};
    case strategy::one_for_all:
      return {0, children};
  }
  return {failed, failed + 1};
}

}  // namespace otp::detail
