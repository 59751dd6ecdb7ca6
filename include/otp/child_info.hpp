// What a supervisor says about its children: their state, their number, and why it refused a
// request.
#pragma once

#include <otp/child_spec.hpp>
#include <otp/child_validation.hpp>
#include <otp/detail/text_formatter.hpp>
#include <otp/error.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace otp {

/// Whether a child of a supervisor has a process.
enum class child_state : std::uint8_t {
  running,
  stopped,  ///< It has none: it ended and needs no restart, was terminated, or ignored its start.
  /// The supervisor is about to try again after a restart that failed (V-036), or waits before a
  /// restart (restart_backoff).
  restarting,
};

/// One child as its supervisor sees it; a snapshot (V-068).
struct child_info {
  std::string id{};  ///< Empty in a dynamic supervisor, which keeps no ids (D-003).
  pid process{};  ///< Its process; in a dynamic supervisor the former one while restarting (D-011).
  child_state state = child_state::stopped;
  child_type type = child_type::worker;
  otp::restart restart = otp::restart::permanent;
  shutdown_policy shutdown{};

  bool operator==(const child_info&) const = default;
};

/// The children of a supervisor in numbers; a snapshot (V-069, D-015).
struct child_counts {
  std::size_t specs = 0;        ///< All children, with a process or without.
  std::size_t active = 0;       ///< Those with a process.
  std::size_t supervisors = 0;  ///< Those of type supervisor, with a process or without.
  std::size_t workers = 0;      ///< The others.

  bool operator==(const child_counts&) const = default;
};

/// What a supervisor may answer instead of doing as it was asked (V-064 to V-067, D-005, D-009).
enum class refusal : std::uint8_t {
  not_found,        ///< It has no such child.
  running,          ///< The child has a process; terminate it first.
  restarting,       ///< The child is being restarted; terminate it to end that.
  already_started,  ///< There is such a child, and it is running.
  already_present,  ///< There is such a child without a process; restart or delete it.
  invalid_spec,     ///< The child spec is wrong.
  start_failed,     ///< The child was started and failed.
  max_children,     ///< The supervisor has as many children as it may have.
};

/// The name of a refusal, as OTP writes it.
constexpr std::string_view to_string(refusal what) noexcept {
  switch (what) {
    case refusal::not_found:
      return "not_found";
    case refusal::running:
      return "running";
    case refusal::restarting:
      return "restarting";
    case refusal::already_started:
      return "already_started";
    case refusal::already_present:
      return "already_present";
    case refusal::invalid_spec:
      return "invalid_spec";
    case refusal::start_failed:
      return "start_failed";
    case refusal::max_children:
      return "max_children";
  }
  return {};
}

/// Why a supervisor did not do as it was asked. Formats as a sentence that says what to do.
struct child_error {
  refusal what = refusal::not_found;
  std::string id{};  ///< The child that the request named; may be empty in a dynamic supervisor.
  pid process{};     ///< The child's process, if it has one.
  exit_reason reason{};  ///< `start_failed`: why. `invalid_spec`: an `invalid_child_specs`.

  bool operator==(const child_error&) const = default;

  /// Throws an `exit_error` whose reason is this value.
  [[noreturn]] void raise() const { throw exit_error{exit_reason{*this}}; }
};

namespace detail {

std::string child_error_text(const child_error& error);

}  // namespace detail

}  // namespace otp

/// `max_children`
template <>
struct fmt::formatter<otp::refusal> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(otp::refusal what, Context& context) const {
    return write(to_string(what), context);
  }
};

/// `child "cache" is running as <0.42>: terminate it first`
template <>
struct fmt::formatter<otp::child_error> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::child_error& error, Context& context) const {
    return write(otp::detail::child_error_text(error), context);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/child_info_impl.hpp>
#endif
