// What a process has to do with others: links, monitors both ways, names, ancestors, and callers
// that it still owes an answer. All containers are ordered by age, so that deaths are told in a
// repeatable order.
//
// In two parts, since an idle server has a link and ancestors but seldom anything else: what is rare is
// made when first needed.
#pragma once

#include <otp/detail/intrusive_ptr.hpp>
#include <otp/detail/small_map.hpp>
#include <otp/detail/this_thread.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace otp::detail {

struct link_state {
  /// 0: linked. Otherwise: unlinked here, and the other side has not confirmed this id yet;
  /// meanwhile an exit that it sent before it heard of the unlink is dropped.
  std::uint64_t unlink_id = 0;
};

struct held_monitor {
  pid target;
  std::string name;  ///< Set when the process was monitored by name (P-068).
};

struct call_completion;
struct call_envelope;
struct envelope;

/// A call whose answer is in the hands of an otp::from.
struct owed_reply {
  pid caller;                             ///< Nobody: `completion` hears.
  std::uint64_t call_ref = 0;
  call_completion* completion = nullptr;  ///< Held: it lives as long as this entry.
  call_envelope* dropped = nullptr;       ///< Its `from` was destroyed by what may end the server.
};

/// What a process says to one other at its very end, when everybody else has heard of it.
struct last_word {
  pid to;
  envelope* message = nullptr;  ///< Held; null: it has nothing to say.
  void (*say)(const last_word&, const exit_reason& why) noexcept = nullptr;
};

/// What closes an alias, beside unalias.
struct alias_closing {
  bool by_reply = false;      ///< The first message, which ends the monitor of that number, too.
  bool with_monitor = false;  ///< The end of the monitor of the same number.
};

/// Who started a process, and who started that one: parent first. Never changed once it is made, so
/// that all children of a parent share theirs.
struct ancestor_line : ref_counted {
  static constexpr std::uint32_t remembered = 8;

  std::uint32_t count = 0;
  std::array<pid, remembered> processes;

  std::span<const pid> all() const noexcept { return {processes.data(), count}; }

  // Not inlined: g++ takes what it sees inside for a mismatch of new and free.
  OTP_NOINLINE static void* operator new(std::size_t size) { return allocate_block(size); }
  OTP_NOINLINE static void operator delete(void* memory, std::size_t size) noexcept {
    deallocate_block(memory, size);
  }
};

/// What most processes never have, in a block of its own.
struct rare_relations {
  small_map<monitor_ref, held_monitor> monitors;  ///< That this process holds.
  small_map<std::uint64_t, alias_closing> aliases;  ///< The active ones.
  std::vector<std::string> names;
  std::vector<owed_reply> owed;
  detail::last_word last_word;
  std::unique_ptr<std::string> thrown_at;  ///< Where its end was thrown, if known.
  envelope* too_late = nullptr;  ///< Links and monitors that came after its exit signal, newest first.
  intrusive_ptr<const ancestor_line> line_of_children;  ///< Null until it has started one.

  /// They find nobody, but hear so at the end: then the names are free and the stack is unwound.
  void answer_at_end(envelope& e) noexcept;
  /// Answers them, in their order.
  void answer_too_late() noexcept;
};

/// A part of the process's control block.
struct relations {
  small_map<pid, link_state, true> links;
  small_map<monitor_ref, pid> watchers;  ///< Monitors of others on this process.
  intrusive_ptr<const ancestor_line> line;
  block_ptr<rare_relations> rare;

  /// Parent first.
  std::span<const pid> ancestors() const noexcept {
    return line ? line->all() : std::span<const pid>{};
  }

  /// Whether there is anybody to be told of the end, or anything to be given back.
  bool any() const noexcept {
    return !links.empty() || !watchers.empty() || line || rare != nullptr;
  }

  void clear() noexcept;
};

}  // namespace otp::detail
