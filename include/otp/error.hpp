// The exceptions of the library: leaving a process, being outside of one, failing to start one.
#pragma once

#include <otp/config.hpp>
#include <otp/exit_reason.hpp>

#include <exception>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace otp {

/// Ends the process that throws it, with the reason it carries (P-002); thrown by `otp::exit` and
/// by a `call` that fails.
///
/// It is an ordinary exception: destructors run, and it may be caught, after which the process goes
/// on and nobody is told (P-005 to P-007).
class OTP_VISIBLE exit_error : public std::exception {
 public:
  /// `where`: the place to name in a crash report; by default none.
  explicit exit_error(exit_reason reason, std::source_location where = {}) noexcept
      : reason_{std::move(reason)}, where_{where} {}

  /// Why the process ends. Valid as long as this exception.
  const exit_reason& reason() const noexcept { return reason_; }

  /// Where `otp::exit` was called; line 0 for a failed call, and others that did not say it.
  const std::source_location& where() const noexcept { return where_; }

  /// The reason as text, made at the first request. Valid as long as the reason or a copy of it.
  const char* what() const noexcept override { return reason_.c_str(); }

 private:
  exit_reason reason_;
  std::source_location where_;
};

/// An operation that needs a process (`link`, `receive`, `start_link`, ...) was called on a plain
/// thread.
class OTP_VISIBLE not_a_process : public std::logic_error {
 public:
  /// `operation` is what was called, for example `otp::receive`.
  explicit not_a_process(std::string_view operation);
};

/// Why a process did not start.
struct OTP_VISIBLE start_failure {
  exit_reason reason;    ///< What the start ended with; `normal` when it was ignored.
  bool ignored = false;  ///< The process asked not to be started: no failure for a supervisor.

  bool operator==(const start_failure&) const = default;

  /// Throws this failure as a `start_error`.
  [[noreturn]] void raise() const;
};

/// A process could not be started.
class OTP_VISIBLE start_error : public std::runtime_error {
 public:
  explicit start_error(start_failure failure);

  explicit start_error(exit_reason reason);

  /// What the start ended with. Valid as long as this exception.
  const exit_reason& reason() const noexcept { return failure_.reason; }

  /// Whether the process asked not to be started, which is no failure.
  bool ignored() const noexcept { return failure_.ignored; }

 private:
  start_failure failure_;
};

namespace detail {

/// Where an exception was thrown, as `file:line`, at most 1 KiB; empty when it does not know. Those
/// know it that otp::exit and Boost throw, and a boost::system::system_error whose code does.
std::string place_of(const std::exception_ptr& exception) noexcept;

}  // namespace detail

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/error_impl.hpp>
#endif
