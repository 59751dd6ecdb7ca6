// What `otp::sys` tells about a server: the events of its work, counts of them, and its status.
//
//     for (const otp::system_event& e : otp::sys::get_log(ref)) fmt::print("{}\n", e);
//     // got counter::add, then: new state 2
#pragma once

#include <otp/config.hpp>
#include <otp/detail/text_formatter.hpp>
#include <otp/pid.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace otp {

/// One step of a server's work, for people. In OTP: a system event, `{in, Msg}`, `{out, Reply, To,
/// State}` or `{noreply, State}`.
struct OTP_VISIBLE system_event {
  enum class kind : std::uint8_t {
    in,       ///< It begins to handle a message; of a state machine also: a timeout.
    out,      ///< A handler answers a call by what it returns. `otp::from::reply` is no event.
    noreply,  ///< It has handled a message without that. A state machine tells its next state so
              ///< after each message, and not with `out`.
  };

  kind what = kind::in;
  std::string type{};   ///< The type of the message, or of the reply; of `noreply` empty.
  pid peer{};           ///< Who calls or is answered; nobody for other messages.
  std::string state{};  ///< Of `out` and `noreply`: the state then, as `sys::get_state` tells it.

  bool operator==(const system_event&) const = default;
};

/// What a server has done since its statistics were switched on (Y-009).
struct OTP_VISIBLE server_statistics {
  std::chrono::nanoseconds elapsed{};  ///< How long they have been on, by the runtime's clock.
  std::uint64_t reductions = 0;        ///< As process_information::reductions.
  std::uint64_t messages_in = 0;       ///< Events `in`.
  std::uint64_t messages_out = 0;      ///< Events `out`: answers that handlers returned.

  bool operator==(const server_statistics&) const = default;
};

/// A server at one moment, and what `otp::sys` has set up in it (Y-013).
struct OTP_VISIBLE server_status {
  pid process{};
  std::string name{};               ///< A registered name; empty if it has none.
  std::string kind{};               ///< The server's class.
  bool suspended = false;           ///< By `sys::suspend`.
  pid parent{};                     ///< Who started it with a link; nobody otherwise.
  std::vector<pid> ancestors{};     ///< Its starter first.
  bool statistics = false;          ///< Whether they are on.
  bool trace = false;               ///< Whether it prints its events.
  std::size_t log_size = 0;         ///< How many events it remembers; 0: none.
  std::vector<system_event> log{};  ///< Those, the oldest first.
  std::vector<std::string> functions{};  ///< The ids of the installed functions, the oldest first.
  std::string state{};              ///< As `sys::get_state` tells it.
};

namespace detail {

std::string event_text(const system_event& event);

}  // namespace detail

}  // namespace otp

/// Prints what happened: `got room::post`, `got room::history from <0.7>`, `sent int to <0.7>, new
/// state 3`, `new state 3`; with the format options of a string.
template <>
struct fmt::formatter<otp::system_event> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::system_event& event, Context& context) const {
    return write(otp::detail::event_text(event), context);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/server_status_impl.hpp>
#endif
