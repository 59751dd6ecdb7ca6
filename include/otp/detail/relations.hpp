// What a process has to do with others: links, monitors both ways, names, ancestors, and callers
// that it still owes an answer. Made when first needed, so that a lone process stays small.
// All containers are ordered by age, so that deaths are told in a repeatable order.
#pragma once

#include <otp/detail/this_thread.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
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

template <class K, class V>
using block_map = std::map<K, V, std::less<>, block_allocator<std::pair<const K, V>>>;

using alias_table = block_map<std::uint64_t, alias_closing>;

struct relations {
  block_map<pid, link_state> links;
  block_map<monitor_ref, held_monitor> monitors;  ///< That this process holds.
  block_map<monitor_ref, pid> watchers;           ///< Monitors of others on this process.
  std::vector<std::string> names;
  std::vector<pid, block_allocator<pid>> ancestors;  ///< Parent first.
  std::vector<owed_reply> owed;
  detail::last_word last_word;
  std::unique_ptr<alias_table> aliases;           ///< The active ones; null if there never was any.
  std::string label;
  std::unique_ptr<std::string> thrown_at;         ///< Where its end was thrown, if known.
  envelope* too_late = nullptr;  ///< Links and monitors that came after its exit signal, newest first.

  /// They find nobody, but hear so at the end: then the names are free and the stack is unwound.
  void answer_at_end(envelope& e) noexcept;
  /// Answers them, in their order.
  void answer_too_late() noexcept;

  // Not inlined: g++ takes what it sees inside for a mismatch of new and free.
  OTP_NOINLINE static void* operator new(std::size_t size) { return allocate_block(size); }
  OTP_NOINLINE static void operator delete(void* memory, std::size_t size) noexcept {
    deallocate_block(memory, size);
  }
};

}  // namespace otp::detail
