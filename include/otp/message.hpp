// What processes send each other: the requirement on messages, and the messages that the library
// itself sends.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/sendable.hpp>
#include <otp/detail/text_formatter.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>
#include <otp/shared.hpp>

#include <string>
#include <string_view>
#include <type_traits>

namespace otp {

/// The messages that a server handles with `handle_info`: `using info = otp::messages<tick>;`.
template <class... M>
struct messages {};

/// A process that this one is linked to ended, or somebody sent an exit signal, and this process
/// traps exits (P-028, P-049). In OTP: `{'EXIT', From, Reason}`.
struct OTP_VISIBLE exited {
  pid from;
  exit_reason reason;
};

/// A monitored process ended, or was not there (P-064, P-066). In OTP: `{'DOWN', Ref, process, Object, Reason}`.
struct OTP_VISIBLE down {
  monitor_ref ref;     ///< What `monitor` returned.
  pid process;         ///< Nobody when a free name was monitored.
  std::string name;    ///< Set when it was monitored by name (P-067, P-068).
  exit_reason reason;
};

/// In `receive`: whatever comes, as the pattern `_` in OTP. Tells only what it was; the message itself
/// is dropped.
struct OTP_VISIBLE any_message {
  std::string_view type;  ///< The name of the message's type; valid for ever.
};

/// The inactivity timeout of a server passed without a message (G-052).
struct OTP_VISIBLE idle_timeout {};

/// A process holds the name or id already (G-013); the value of a start's exit reason.
struct OTP_VISIBLE already_started {
  pid holder;
  friend bool operator==(const already_started&, const already_started&) = default;
};

/// The reply of a request that only says "done".
struct OTP_VISIBLE done {
  friend bool operator==(const done&, const done&) = default;
};

/// What `call` returns for a request of type `M`.
template <class M>
using reply_of = typename M::reply;

}  // namespace otp

template <>
struct fmt::formatter<otp::already_started> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::already_started& value, Context& context) const {
    return write("already_started(" + otp::detail::pid_text(value.holder) + ')', context);
  }
};
