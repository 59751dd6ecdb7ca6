// Processes: making them, sending to them, linking and monitoring them, ending them, naming them.
//
//     otp::pid echo = otp::spawn_link([] {
//       for (;;) otp::receive([](ping p) { otp::send(p.from, pong{}); });
//     });
//
// A function marked "in a process" throws `not_a_process` on a plain thread. The others also work
// on a thread that has entered a runtime. None of them waits, except sleep and yield.
#pragma once

#include <otp/detail/body.hpp>
#include <otp/detail/bounded_mailbox.hpp>
#include <otp/detail/context.hpp>
#include <otp/error.hpp>
#include <otp/message.hpp>
#include <otp/pid.hpp>
#include <otp/runtime.hpp>

#include <chrono>
#include <memory>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp {

// ---- beginning

/// Starts a process that runs `body`, a callable without parameters, and ends when it returns
/// (P-001), calls `exit` (P-002) or throws (P-003). Returns at once (P-009).
/// What `body` captures is moved into the process.
template <class F>
pid spawn(F body) {
  auto& core = detail::current_core("otp::spawn");
  auto& p = detail::create_process(core, detail::make_body(std::move(body)));
  const auto id = p.id();
  if (auto* const parent = detail::current_process()) detail::set_ancestors(*parent, p);
  detail::publish_shared(p);
  return id;
}

/// As spawn, linked to the calling process in the same step (P-059). In a process.
template <class F>
pid spawn_link(F body) {
  auto& self = detail::require_process("otp::spawn_link");
  auto& p = detail::create_process(self.core(), detail::make_body(std::move(body)));
  const auto id = p.id();
  detail::set_ancestors(self, p);
  detail::link_newborn(self, p);
  detail::publish_shared(p);
  return id;
}

/// As spawn, monitored by the calling process in the same step (P-080). In a process.
template <class F>
std::pair<pid, monitor_ref> spawn_monitor(F body) {
  auto& self = detail::require_process("otp::spawn_monitor");
  auto& p = detail::create_process(self.core(), detail::make_body(std::move(body)));
  const auto id = p.id();
  const auto ref = monitor_ref{self.core().next_reference()};
  detail::set_ancestors(self, p);
  detail::rarely_related(self).monitors.try_emplace(ref, id, std::string{});
  p.related.watchers.try_emplace(ref, self.id());
  detail::publish_shared(p);
  return {id, ref};
}

// ---- messages

namespace detail {

/// As `send`, but lost if `to` has no room.
template <class M>
void offer(const pid& to, M message) {
  require_sendable<M>();
  auto* const p = process_arena::find(to);
  if (p == nullptr) return;
  offer_message(*p, *make_envelope<message_envelope<M>>(to.serial, std::move(message)));
}

}  // namespace detail

/// Sends `message` to `to`. Never fails and never waits: if the process is gone, the message is
/// lost (P-010). Messages from one sender to one receiver arrive in order (P-016). Only a server
/// that was started with a limit for its mailbox may refuse it or let the sender wait
/// (otp/mailbox.hpp).
template <class M>
void send(const pid& to, M message) {
  detail::require_sendable<M>();
  auto* const p = detail::process_arena::find(to);
  if (p == nullptr) return;
  detail::deliver_message(*p, *detail::make_envelope<detail::message_envelope<M>>(
                                  to.serial, std::move(message)));
}

/// Sends to whoever holds `name` now (P-113). Throws std::invalid_argument when nobody does (P-114).
template <class M>
void send(std::string_view name, M message) {
  const auto holder = detail::current_core("otp::send").names.find(name);
  if (!holder) {
    throw std::invalid_argument{"otp::send: no process is registered as \"" + std::string{name} +
                                "\": register it first, or send to a pid"};
  }
  send(holder, std::move(message));
}

// ---- names

/// The process that holds `name`, or nobody (P-106).
pid whereis(std::string_view name);

/// All registered names and their holders, sorted by name (P-116).
std::vector<std::pair<std::string, pid>> registered();

/// Gives `holder` a name; a process may have several (P-106). The name is free again before anyone
/// sees the end of the process (P-111), unless the process ends during this call. Throws
/// std::invalid_argument when the name is taken, even by `holder` itself (P-107), or when `holder`
/// has ended (P-109).
void register_name(std::string_view name, const pid& holder);

/// Gives the calling process a name. In a process.
inline void register_name(std::string_view name) {
  register_name(name, detail::require_process("otp::register_name").id());
}

/// Takes a name away from its holder, which goes on (P-115). Throws std::invalid_argument when
/// nobody holds it (P-110).
void unregister_name(std::string_view name);

// ---- links and monitors

/// Links the calling process and `to`: when one ends abnormally, the other does too, or gets
/// `exited` if it traps exits (P-047, P-049, P-051). Linking again changes nothing (P-050).
/// If `to` is gone: throws exit_error(noproc) (P-052), or delivers `exited` when trapping (P-053).
/// In a process.
void link(const pid& to);

/// Removes the link, if there is one; after it no exit of `to` reaches this process by the link
/// (P-055, P-056). An `exited` already received stays (P-057). In a process.
void unlink(const pid& to);

/// Watches `target`: one message `down` when it ends, at once with noproc if it is gone (P-064,
/// P-066). Each monitor is independent (P-070). In a process.
monitor_ref monitor(const pid& target);

/// Watches whoever holds `name` now (P-067 to P-069). In a process.
monitor_ref monitor(std::string_view name);

/// Ends a monitor: no `down` is delivered after it (P-072). One that is already in the mailbox stays
/// (P-073), unless `flush` removes it (P-074). Returns whether the monitor was still active: its `down`
/// had not reached the mailbox, and now never will (P-075).
/// A reference that this process does not hold changes nothing (P-076, P-077). In a process.
bool demonitor(monitor_ref ref, bool flush = false);

// ---- ends

/// Ends the calling process with `why`: throws exit_error, so destructors run, and it can be caught
/// (P-002, P-005 to P-007). If that is a crash of a server, the report names the place of the call.
[[noreturn]] inline void exit(exit_reason why,
                              std::source_location where = std::source_location::current()) {
  throw exit_error{std::move(why), where};
}
void exit(const pid&) = delete;  // to end another process, say why: otp::exit(pid, reason)

/// Sends an exit signal. `kill` cannot be trapped (P-029); other reasons end `to` unless it traps
/// exits (P-025, P-028) or the reason is normal (P-026). A process that is running notices at its
/// next message or wait. Never fails. From the process itself it takes effect before it returns.
void exit(const pid& to, exit_reason why);

/// Whether the process exists. False for one that this process has killed before (P-012).
bool is_alive(const pid& id);

/// Suspends the calling process for at least `duration`. Messages wait meanwhile. In a process.
void sleep(std::chrono::nanoseconds duration);

namespace this_process {

/// The calling process. In a process.
inline pid self() { return detail::require_process("otp::this_process::self").id(); }

/// Whether the calling code runs in a process.
inline bool is_one() noexcept { return detail::current_process() != nullptr; }

/// With true, exit signals become `exited` messages from now on (P-028), and a server's `terminate`
/// runs when its supervisor stops it. Acts first on the signals that have arrived. Returns the
/// previous value (P-040). In a process.
bool trap_exit(bool trap);

/// Gives way: others who are runnable have turns, one each before this process has its second. For a
/// process that sends or computes for long without a wait: nothing takes its thread away, and what it
/// sends piles up meanwhile. Acts on the signals that have arrived. Returns at once where a process may not
/// wait: in work that was posted to it, and in a destructor while it is being ended. In a process.
void yield();

/// The names that the calling process holds. In a process.
std::vector<std::string> names();

/// Who started the calling process, and who started that one: parent first. In a process.
std::vector<pid> ancestors();

}  // namespace this_process

namespace this_runtime {

/// The runtime's monotonic clock, in nanoseconds since an unspecified start; virtual in a simulation.
inline std::chrono::nanoseconds now() {
  return std::chrono::nanoseconds{detail::current_core("otp::this_runtime::now").now()};
}

/// A random number; drawn from the seed in a simulation.
inline std::uint64_t random() { return detail::current_core("otp::this_runtime::random").random(); }

}  // namespace this_runtime

template <class F>
pid runtime::spawn(F body) {
  const auto scope = enter();
  return otp::spawn(std::move(body));
}

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/process_impl.hpp>
#endif
