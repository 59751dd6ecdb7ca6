// How a supervisor says which of its children did not start, and that the start function itself
// failed.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/text_formatter.hpp>
#include <otp/exit_reason.hpp>

#include <string>

namespace otp {

/// The detail of the reason `shutdown(failed_to_start_child)` with which a supervisor ends when one
/// of its children cannot be started. A nested supervisor that fails so is the reason of the next
/// (V-013).
struct OTP_VISIBLE failed_to_start_child {
  std::string id;      ///< The child's id in its supervisor.
  exit_reason reason;  ///< Why that child did not start.

  bool operator==(const failed_to_start_child&) const = default;
};

/// The reason of a child whose start function did not return but was left by an exception or by
/// `otp::exit`; in OTP `{'EXIT', Reason}` (V-014).
struct OTP_VISIBLE start_threw {
  exit_reason reason;  ///< Of the exception.

  bool operator==(const start_threw&) const = default;
};

}  // namespace otp

/// `failed to start child "cache": boom`
template <>
struct fmt::formatter<otp::failed_to_start_child> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::failed_to_start_child& failed,
                                    Context& context) const {
    return write("failed to start child \"" + failed.id + "\": " + failed.reason.to_string(),
                 context);
  }
};

/// `thrown by the start function: std::runtime_error: boom`
template <>
struct fmt::formatter<otp::start_threw> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::start_threw& threw, Context& context) const {
    return write("thrown by the start function: " + threw.reason.to_string(), context);
  }
};
