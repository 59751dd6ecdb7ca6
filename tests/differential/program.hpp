// What a random program is: processes that are started, and steps in which one or two of them
// perform operations, while the others only tell what they receive. Its text form is what Erlang is
// sent, what is recorded, and what a failure shows:
//
//     start p0 p1 s0
//     p0: monitor p1 m0; exit p1 boom
//     p0: call s0 keep & p1: exit s0 kill
//     tick
//
// p0, p1, ... are plain processes, s0, s1, ... servers; a and b are names for both, x is one for
// servers only; m0, ... name monitors and t0, ... timers. After each step everything settles. In a
// tick time passes: what is short runs out.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace differential {

/// One thing to do: a verb and what it needs.
using operation = std::vector<std::string>;

/// What one process is told to do in one go.
struct burst {
  std::string who;
  std::vector<operation> operations;

  bool operator==(const burst&) const = default;
};

/// Bursts that are given at the same time; none: a tick.
using step = std::vector<burst>;

struct program {
  std::vector<std::string> processes;  ///< Started before the first step.
  std::vector<step> steps;

  bool operator==(const program&) const = default;
};

std::string to_text(const operation& what);
std::string to_text(const program& what);

/// The program that `text` shows. Throws std::invalid_argument for anything else.
program parse_program(std::string_view text);

/// The parts of `text` between the separators.
std::vector<std::string> split(std::string_view text, std::string_view separator);

/// What is counted: the verb, with the request for calls and casts.
std::string kind_of(const operation& what);

std::size_t count_operations(const program& what);

/// Whether the caller of this operation waits for an answer that comes too late. Such steps have
/// time of their own: what is short has run out before and after them.
bool takes_time(const operation& what);
bool takes_time(const step& what);

/// Whether an init that does so makes the start fail.
bool fails_to_start(const std::string& how);

/// Whether the program asks for nothing that OTP leaves open and that comes out in one way only
/// here:
/// - a process that does not trap exits and starts a server that is linked to it and fails, may or
/// may
///   not hear of that before it dies itself (G-005); here it does not;
/// - setting trap_exit, a call to oneself and a start with a name that is taken act on the signals
/// that
///   have arrived here, in OTP perhaps later: whether a monitor is active then, or what becomes of
/// an exit signal to oneself, is open;
/// - a name for a process that one has just killed is refused here, in OTP perhaps given;
/// - a server that calls a dead one in a handler hears that at once here; in OTP it waits for it,
/// and may
///   end in between;
/// - the end of a process that ends itself is one moment in virtual time; on Erlang others may find
/// it
///   half gone, without links but with its name.
bool is_fair(const program& what);

/// Whether no two operations are ever under way at the same time: then there is only one outcome.
bool is_calm(const program& what);

}  // namespace differential
