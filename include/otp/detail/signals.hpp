// The signals between processes: link, unlink, monitor, demonitor, exit and DOWN. Each travels
// through the mailbox in order with the messages and acts on the receiver when it is taken, as in
// OTP. Unlinking is confirmed by id, as ERTS does it, so that an unlink that crosses a new link
// from the other side cannot leave half a link behind.
#pragma once

#include <otp/detail/delivery.hpp>
#include <otp/detail/process_arena.hpp>
#include <otp/detail/relations.hpp>
#include <otp/message.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace otp::detail {

/// The part of its relations that most processes have not; made if it is not there.
rare_relations& rarely_related(process& p);
/// The same, or null.
rare_relations* rare_of(const process& p) noexcept;

constexpr envelope_ops signal_ops(void (*run)(process&, envelope&),
                                  void (*discard)(envelope&, const exit_reason&) noexcept,
                                  std::string_view (*name)() noexcept, type_id tag = nullptr) {
  return {run, discard, tag, envelope_kind::signal, true, name};
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
    nobody_there(e);
  }
}

// ---- ends of processes

/// Decides the end of `p`; the first reason counts (P-039).
void decide_end(process& p, exit_reason why);

/// EXIT: by a link (`linked`), or sent with exit(pid, reason).
struct exit_signal : message_envelope<exited> {
  exit_signal(std::uint64_t to, const pid& from, exit_reason why, bool linked)
      : message_envelope<exited>{to, from, std::move(why)} {
    ops = linked ? &link_table : &exit_table;
  }

  /// Becomes the message that a trapping process reads.
  static void become_message(process& p, exit_signal& e);

  static void run_exit(process& p, envelope& base);

  static void run_link(process& p, envelope& base);

  static void discard(envelope& e, const exit_reason&) noexcept;

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

  static void run(process& p, envelope& base);
  static void discard(envelope& base, const exit_reason& why) noexcept;
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops link_signal::ops_table =
    signal_ops(&link_signal::run, &link_signal::discard, &signal_name<link_signal>);

struct unlink_ack : envelope {
  pid from;
  std::uint64_t id;

  unlink_ack(std::uint64_t serial, const pid& confirming, std::uint64_t unlink_id)
      : envelope{ops_table, serial}, from{confirming}, id{unlink_id} {}

  static void run(process& p, envelope& base);
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

  static void run(process& p, envelope& base);
  static void discard(envelope& base, const exit_reason&) noexcept;
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops unlink_signal::ops_table =
    signal_ops(&unlink_signal::run, &unlink_signal::discard, &signal_name<unlink_signal>);

/// Ends the link from `self` to `to`, if there is one.
void unlink_from(process& self, const pid& to);

// ---- monitors

/// DOWN: becomes a message if its monitor is still held when it is taken (P-072, P-073).
struct down_signal : message_envelope<down> {
  down_signal(std::uint64_t to, monitor_ref ref, const pid& process, exit_reason why)
      : message_envelope<down>{to, ref, process, std::string{}, std::move(why)} {
    ops = &table;
  }
  static void run_down(process& p, envelope& base);
  static void discard(envelope& e, const exit_reason&) noexcept;
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

  static void run(process& p, envelope& base);
  static void discard(envelope& base, const exit_reason& why) noexcept;
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops monitor_signal::ops_table =
    signal_ops(&monitor_signal::run, &monitor_signal::discard, &signal_name<monitor_signal>);

struct demonitor_signal : envelope {
  monitor_ref ref;

  demonitor_signal(std::uint64_t serial, monitor_ref r) : envelope{ops_table, serial}, ref{r} {}

  static void run(process& p, envelope& base);
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops demonitor_signal::ops_table = signal_ops(
    &demonitor_signal::run, &drop_signal<demonitor_signal>, &signal_name<demonitor_signal>);

/// Makes `self` watch `target`, found under `name` if that is not empty.
monitor_ref start_monitor(process& self, const pid& target, std::string name);

/// Ends the monitor `ref`; whether it was active.
bool end_monitor(process& self, monitor_ref ref);

/// Closes the alias of the monitor `ref`, if it is one that closes with it.
void close_alias_of(process& self, monitor_ref ref);

// ---- aliases

/// A message sent to an alias: becomes that message if the alias is active when it is taken.
struct alias_signal : envelope {
  std::uint64_t number;
  owned_envelope message;

  alias_signal(std::uint64_t serial, std::uint64_t alias, owned_envelope sent)
      : envelope{ops_table, serial}, number{alias}, message{std::move(sent)} {}

  static void run(process& p, envelope& base);
  static const envelope_ops ops_table;
};
// Wakes nobody whom the message would not wake.
inline constexpr envelope_ops alias_signal::ops_table{
    &alias_signal::run,        &drop_signal<alias_signal>, nullptr, envelope_kind::signal, false,
    &signal_name<alias_signal>};

// ---- names

/// A name that somebody else gave to the process: frees it when the process ends, or has ended.
struct OTP_VISIBLE name_signal : envelope {
  runtime_core& core;
  pid holder;
  std::string name;

  name_signal(std::uint64_t serial, runtime_core& c, const pid& named, std::string_view text)
      : envelope{ops_table, serial}, core{c}, holder{named}, name{text} {}

  static void run(process& p, envelope& base);
  static void discard(envelope& base, const exit_reason&) noexcept;
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops name_signal::ops_table = signal_ops(
    &name_signal::run, &name_signal::discard, &signal_name<name_signal>, type_tag<name_signal>());

/// Frees the names that are still on their way to a process that has closed its mailbox, and returns
/// what else is in it: nobody hears of an end before its names are free (P-111).
envelope* free_given_names(envelope* unread);

// ---- mailboxes

/// Says nothing, but is looked at.
struct rousing_signal : envelope {
  explicit rousing_signal(std::uint64_t serial) : envelope{ops_table, serial} {}

  static void run(process& p, envelope& base);
  static const envelope_ops ops_table;
};
inline constexpr envelope_ops rousing_signal::ops_table =
    signal_ops(&rousing_signal::run, &drop_signal<rousing_signal>, &signal_name<rousing_signal>);

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
constexpr envelope_ops work_signal<F>::ops_table = signal_ops(&work_signal::run,
                                                              &drop_signal<work_signal>,
                                                              &signal_name<work_signal>);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/signals_impl.hpp>
#endif
