// What the conformance scenarios share: how they print, how values and exit reasons read, and the
// few operations that many of them need. A scenario is one file, in a namespace of its own:
//
//     namespace conformance::proc_greeting {
//     OTP_SCENARIO(proc_greeting) {              // runs as a process of a new runtime, called main
//       const auto p = otp::spawn([] { otp::exit(word("oops")); });
//       say("main: {}", reason(gone(p)));
//     }
//     }  // namespace conformance::proc_greeting
//
// It must print what real OTP printed for the script of the same name: see README.md.
#pragma once

#include <otp/call.hpp>
#include <otp/error.hpp>
#include <otp/process.hpp>
#include <otp/receive.hpp>

#include <fmt/format.h>

#include <chrono>
#include <concepts>
#include <exception>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace conformance {

using namespace std::chrono_literals;

struct scenario {
  std::string_view name;
  void (*play)();
};

/// All scenarios of the program; OTP_SCENARIO adds to them.
std::vector<scenario>& scenarios();

struct added_scenario {
  added_scenario(std::string_view name, void (*play)()) { scenarios().push_back({name, play}); }
};

/// Defines the scenario NAME: its body is what the process main does.
#define OTP_SCENARIO(NAME)                                           \
  static void NAME##_scenario();                                     \
  static const conformance::added_scenario NAME##_added{#NAME, NAME##_scenario}; \
  static void NAME##_scenario()

/// Prints one line of the trace, before it returns: the order of the lines is the order of the
/// events. From any process or thread.
void say_line(std::string line);

template <class... A>
void say(fmt::format_string<A...> text, A&&... arguments) {
  say_line(fmt::format(text, std::forward<A>(arguments)...));
}

/// A value or label of the scenario that somebody will print: `text`, or what the option --salt makes
/// of it. A scenario sends these through the processes it is about, so that what is printed at the
/// other end has really travelled.
std::string word(std::string_view text);

/// Exit reasons as the traces have them: `normal`, `shutdown(x)`, `error(text)` for an exception with
/// that text, `call-exit(r)` for a failed call, the user's own words as they are.
std::string reason(const otp::exit_reason& why);

/// A value as the traces have it: `ok` for nothing.
inline std::string text(std::string value) { return value; }
inline std::string text(const char* value) { return value; }
inline std::string text(bool value) { return value ? "true" : "false"; }
inline std::string text(const otp::exit_reason& why) { return reason(why); }
template <class T>
  requires(std::integral<T> && !std::same_as<T, bool>)
std::string text(T value) {
  return fmt::to_string(value);
}

/// The name of an exception's type as the traces have it: `badarg` for a bad argument, else the
/// class's name.
std::string raised(const std::exception& error);

/// Runs `work`: "value v", "exit r" for an exit that was caught, or "raised e" for another exception.
template <class Work>
std::string attempt(Work work) {
  try {
    if constexpr (std::is_void_v<std::invoke_result_t<Work&>>) {
      work();
      return "value ok";
    } else {
      return "value " + text(work());
    }
  } catch (const otp::exit_error& error) {
    return "exit " + reason(error.reason());
  } catch (const std::exception& error) {
    return "raised " + raised(error);
  }
}

/// Waits for the end of `who`, and returns its exit reason; noproc if it has ended already.
inline otp::exit_reason gone(const otp::pid& who) {
  otp::monitor(who);
  return otp::receive([](otp::down d) { return d.reason; });
}

/// Sends `who` an exit signal and returns the reason that it then ends with.
inline otp::exit_reason shoot(const otp::pid& who, otp::exit_reason why) {
  otp::monitor(who);
  otp::exit(who, std::move(why));
  return otp::receive([](otp::down d) { return d.reason; });
}

/// Whether a message is left or still comes within `patience`.
inline std::string mailbox(std::chrono::milliseconds patience = 50ms) {
  return otp::receive([](otp::any_message) { return std::string{"mailbox not empty"}; },
                      otp::after(patience, [] { return std::string{"mailbox empty"}; }));
}

/// Waits for a message of type `M`, which it returns.
template <class M>
M await() {
  return otp::receive([](M message) { return message; });
}

/// A process that waits for ever.
inline void sleep_for_ever() { otp::receive([](otp::down) {}); }

}  // namespace conformance
