// A supervision tree as data: which children, in which order, and what the end of one means for the
// others.
//
//     otp::supervisor_spec catalogue{
//         .name = "catalogue",
//         .strategy = otp::strategy::rest_for_one,
//         .intensity = {.max_restarts = 3, .within = 5s},
//         .children = {otp::child<cache>({.name = "cache"}, 1'000),
//                      otp::child<feed>({.name = "feed"})}};
#pragma once

#include <otp/child_spec.hpp>
#include <otp/child_validation.hpp>
#include <otp/detail/text_formatter.hpp>
#include <otp/error.hpp>
#include <otp/exit_reason.hpp>
#include <otp/restart_backoff.hpp>
#include <otp/result.hpp>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace otp {

/// Which children start again when one has to (V-025 to V-028). Order is that of the list of
/// children; the others are stopped in reverse order first, and then all of them start in order.
enum class strategy : std::uint8_t {
  one_for_one,   ///< Only the child that ended.
  one_for_all,   ///< All children.
  rest_for_one,  ///< The child that ended and those after it.
};

/// How many restarts a supervisor makes before it gives up and ends with reason `shutdown`: the one
/// after `max_restarts` within a (closed, sliding) period of `within` (V-043, V-048). All children
/// share it.
struct restart_intensity {
  std::uint32_t max_restarts = 3;  ///< With 0 the first restart is too many.
  std::chrono::nanoseconds within{std::chrono::seconds{5}};  ///< More than zero.

  bool operator==(const restart_intensity&) const = default;
};

/// The reason in a supervisor's report that it gives up, because of its `restart_intensity`
/// (V-044).
struct reached_max_restart_intensity {
  bool operator==(const reached_max_restart_intensity&) const = default;
};

/// A supervisor, as data.
struct supervisor_spec {
  std::string name{};  ///< Registered while the supervisor lives; none if empty.
  otp::strategy strategy = otp::strategy::one_for_one;
  restart_intensity intensity{};
  restart_backoff backoff{};  ///< By default restarts follow at once.
  otp::auto_shutdown auto_shutdown = otp::auto_shutdown::never;
  std::vector<child_spec> children{};  ///< Started in this order, stopped in reverse.
};

/// A supervisor's own settings are wrong; its exit reason then, in OTP `supervisor_data` (V-006).
struct invalid_supervisor {
  std::string text;  ///< What is wrong and what to do, for people.

  bool operator==(const invalid_supervisor&) const = default;
};

/// Checks the settings of a supervisor (V-006).
result<void, invalid_supervisor> validate(const restart_intensity& intensity);
/// Checks the waits of a supervisor.
result<void, invalid_supervisor> validate(const restart_backoff& backoff);

/// Checks a whole spec without starting anything; the error is the reason with which a supervisor
/// would refuse it (V-011).
result<void> validate(const supervisor_spec& spec);

}  // namespace otp

/// The text.
template <>
struct fmt::formatter<otp::invalid_supervisor> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::invalid_supervisor& invalid,
                                    Context& context) const {
    return write(invalid.text, context);
  }
};

/// `reached_max_restart_intensity`
template <>
struct fmt::formatter<otp::reached_max_restart_intensity> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::reached_max_restart_intensity&,
                                    Context& context) const {
    return write("reached_max_restart_intensity", context);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/supervisor_spec_impl.hpp>
#endif
