// The signals between processes: link, unlink, monitor, demonitor, exit and DOWN. Each travels
// through the mailbox in order with the messages and acts on the receiver when it is taken, as in
// OTP. Unlinking is confirmed by id, as ERTS does it, so that an unlink that crosses a new link
// from the other side cannot leave half a link behind.
#pragma once

#include <otp/detail/process_arena.hpp>
#include <otp/detail/relations.hpp>
#include <otp/detail/worker.hpp>
#include <otp/message.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace otp::detail {

inline relations& related(process& p) {
  if (p.related == nullptr) p.related = new relations;
  return *p.related;
}

constexpr envelope_ops signal_ops(void (*run)(process&, envelope&),
                                  void (*discard)(envelope&, const exit_reason&) noexcept,
                                  std::string_view (*name)() noexcept) {
  return {run, discard, nullptr, envelope_kind::signal, true, name};
}

template <class E>
std::string_view signal_name() noexcept {
  return short_type_name<E>();
}

template <class E>
void drop_signal(envelope& e, const exit_reason&) noexcept {
  free_envelope(static_cast<E&>(e));
}

/// Delivers a new signal `E` to the process `to`, or discards it with noproc.
template <class E, class... A>
void send_signal(const pid& to, A&&... arguments) {
  auto& e = *make_envelope<E>(to.serial, std::forward<A>(arguments)...);
  if (auto* const p = process_arena::find(to)) {
    deliver_signal(*p, e);
  } else {
    e.ops->discard(e, reason::noproc);
  }
}

// ---- ends of processes

/// Decides the end of `p`; the first reason counts (P-039).
inline void decide_end(process& p, exit_reason why) {
  if (p.exiting) return;
  p.exiting = true;
  p.end = std::move(why);
}

/// EXIT: by a link (`linked`), or sent with exit(pid, reason).
struct exit_signal : message_envelope<exited> {
  exit_signal(std::uint64_t to, const pid& from, exit_reason why, bool linked)
      : message_envelope<exited>{to, from, std::move(why)} {
    ops = linked ? &link_table : &exit_table;
  }

  /// Becomes the message that a trapping process reads.
  static void become_message(process& p, exit_signal& e) {
    e.ops = &message_envelope<exited>::ops_table;
    p.append(e);
  }

  static void run_exit(process& p, envelope& base) {
    auto& e = static_cast<exit_signal&>(base);
    auto& why = e.payload.reason;
    if (why == reason::kill) {
      decide_end(p, reason::killed);  // P-029: cannot be trapped
    } else if (p.trap_exit) {
      return become_message(p, e);
    } else if (!why.is_normal() || e.payload.from == p.id()) {  // P-026, P-035
      decide_end(p, std::move(why));
    }
    free_envelope(e);
  }

  static void run_link(process& p, envelope& base) {
    auto& e = static_cast<exit_signal&>(base);
    auto& links = related(p).links;
    const auto link = links.find(e.payload.from);
    const bool active = link != links.end() && link->second.unlink_id == 0;
    if (link != links.end()) links.erase(link);
    if (active) {
      if (p.trap_exit) return become_message(p, e);  // P-049
      if (!e.payload.reason.is_normal()) decide_end(p, std::move(e.payload.reason));  // P-047
    }
    free_envelope(e);
  }

  static void discard(envelope& e, const exit_reason&) noexcept {
    free_envelope(static_cast<exit_signal&>(e));
  }

  static const envelope_ops exit_table;
  static const envelope_ops link_table;
};
inline constexpr envelope_ops exit_signal::exit_table =
    signal_ops(&exit_signal::run_exit, &exit_signal::discard, &signal_name<exit_signal>);
inline constexpr envelope_ops exit_signal::link_table =
    signal_ops(&exit_signal::run_link, &exit_signal::discard, &signal_name<exit_signal>);

// ---- links

struct link_signal : envelope {
  pid from;
  pid target;

  link_signal(std::uint64_t serial, const pid& linking, const pid& linked)
      : envelope{ops_table, serial}, from{linking}, target{linked} {}

  static void run(process& p, envelope& base) {
    auto& e = static_cast<link_signal&>(base);
    related(p).links.try_emplace(e.from);
    free_envelope(e);
  }
  static void discard(envelope& base, const exit_reason& why) noexcept {
    auto& e = static_cast<link_signal&>(base);
    send_signal<exit_signal>(e.from, e.target, why, true);
    free_envelope(e);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops link_signal::ops_table =
    signal_ops(&link_signal::run, &link_signal::discard, &signal_name<link_signal>);

struct unlink_ack : envelope {
  pid from;
  std::uint64_t id;

  unlink_ack(std::uint64_t serial, const pid& confirming, std::uint64_t unlink_id)
      : envelope{ops_table, serial}, from{confirming}, id{unlink_id} {}

  static void run(process& p, envelope& base) {
    auto& e = static_cast<unlink_ack&>(base);
    auto& links = related(p).links;
    // Another id: linked again since then, the link is to stay.
    if (const auto link = links.find(e.from);
        link != links.end() && link->second.unlink_id == e.id) {
      links.erase(link);
    }
    free_envelope(e);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops unlink_ack::ops_table =
    signal_ops(&unlink_ack::run, &drop_signal<unlink_ack>, &signal_name<unlink_ack>);

struct unlink_signal : envelope {
  pid from;
  pid target;
  std::uint64_t id;

  unlink_signal(std::uint64_t serial, const pid& unlinking, const pid& unlinked,
                std::uint64_t unlink_id)
      : envelope{ops_table, serial}, from{unlinking}, target{unlinked}, id{unlink_id} {}

  static void run(process& p, envelope& base) {
    auto& e = static_cast<unlink_signal&>(base);
    auto& links = related(p).links;
    // If we are unlinking too, our entry waits for our own confirmation.
    if (const auto link = links.find(e.from);
        link != links.end() && link->second.unlink_id == 0) {
      links.erase(link);
    }
    send_signal<unlink_ack>(e.from, e.target, e.id);
    free_envelope(e);
  }
  static void discard(envelope& base, const exit_reason&) noexcept {
    auto& e = static_cast<unlink_signal&>(base);
    send_signal<unlink_ack>(e.from, e.target, e.id);
    free_envelope(e);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops unlink_signal::ops_table =
    signal_ops(&unlink_signal::run, &unlink_signal::discard, &signal_name<unlink_signal>);

/// Ends the link from `self` to `to`, if there is one.
inline void unlink_from(process& self, const pid& to) {
  if (self.related == nullptr) return;
  const auto link = self.related->links.find(to);
  if (link == self.related->links.end() || link->second.unlink_id != 0) return;  // P-055
  link->second.unlink_id = self.core().next_reference();
  send_signal<unlink_signal>(to, self.id(), to, link->second.unlink_id);
}

// ---- monitors

/// DOWN: becomes a message if its monitor is still held when it is taken (P-072, P-073).
struct down_signal : message_envelope<down> {
  down_signal(std::uint64_t to, monitor_ref ref, const pid& process, exit_reason why)
      : message_envelope<down>{to, ref, process, std::string{}, std::move(why)} {
    ops = &table;
  }
  static void run_down(process& p, envelope& base) {
    auto& e = static_cast<down_signal&>(base);
    auto& monitors = related(p).monitors;
    const auto held = monitors.find(e.payload.ref);
    if (held == monitors.end()) {
      free_envelope(e);
      return;
    }
    e.payload.name = std::move(held->second.name);
    monitors.erase(held);
    e.ops = &message_envelope<down>::ops_table;
    p.append(e);
  }
  static void discard(envelope& e, const exit_reason&) noexcept {
    free_envelope(static_cast<down_signal&>(e));
  }
  static const envelope_ops table;
};
inline constexpr envelope_ops down_signal::table =
    signal_ops(&down_signal::run_down, &down_signal::discard, &signal_name<down_signal>);

struct monitor_signal : envelope {
  monitor_ref ref;
  pid watcher;
  pid target;

  monitor_signal(std::uint64_t serial, monitor_ref r, const pid& watching, const pid& watched)
      : envelope{ops_table, serial}, ref{r}, watcher{watching}, target{watched} {}

  static void run(process& p, envelope& base) {
    auto& e = static_cast<monitor_signal&>(base);
    related(p).watchers.try_emplace(e.ref, e.watcher);
    free_envelope(e);
  }
  static void discard(envelope& base, const exit_reason& why) noexcept {
    auto& e = static_cast<monitor_signal&>(base);
    send_signal<down_signal>(e.watcher, e.ref, e.target, why);
    free_envelope(e);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops monitor_signal::ops_table =
    signal_ops(&monitor_signal::run, &monitor_signal::discard, &signal_name<monitor_signal>);

struct demonitor_signal : envelope {
  monitor_ref ref;

  demonitor_signal(std::uint64_t serial, monitor_ref r) : envelope{ops_table, serial}, ref{r} {}

  static void run(process& p, envelope& base) {
    auto& e = static_cast<demonitor_signal&>(base);
    related(p).watchers.erase(e.ref);
    free_envelope(e);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops demonitor_signal::ops_table = signal_ops(
    &demonitor_signal::run, &drop_signal<demonitor_signal>, &signal_name<demonitor_signal>);

// ---- names

/// A name that somebody else gave to the process: frees it when the process ends, or has ended.
struct name_signal : envelope {
  runtime_core& core;
  pid holder;
  std::string name;

  name_signal(std::uint64_t serial, runtime_core& c, const pid& named, std::string_view text)
      : envelope{ops_table, serial}, core{c}, holder{named}, name{text} {}

  static void run(process& p, envelope& base) {
    auto& e = static_cast<name_signal&>(base);
    related(p).names.push_back(std::move(e.name));
    free_envelope(e);
  }
  static void discard(envelope& base, const exit_reason&) noexcept {
    auto& e = static_cast<name_signal&>(base);
    e.core.names.erase(e.name, e.holder);
    free_envelope(e);
  }
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops name_signal::ops_table =
    signal_ops(&name_signal::run, &name_signal::discard, &signal_name<name_signal>);

// ---- executor work

/// A function posted to a process: runs between its messages and during its waits, may not wait.
template <class F>
struct work_signal : envelope {
  F function;

  work_signal(std::uint64_t serial, F f) : envelope{ops_table, serial}, function(std::move(f)) {}

  static void run(process& p, envelope& base);
  static const envelope_ops ops_table;
};
template <class F>
constexpr envelope_ops work_signal<F>::ops_table =
    signal_ops(&work_signal::run, &drop_signal<work_signal>, &signal_name<work_signal>);

}  // namespace otp::detail
