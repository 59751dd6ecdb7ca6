// Why an application was not loaded, started or stopped as asked.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/text_formatter.hpp>
#include <otp/error.hpp>
#include <otp/exit_reason.hpp>
#include <otp/failed_to_start_child.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

/// What went wrong with an application (L-002, L-003, L-006, L-008, L-010, L-015).
enum class application_refusal : std::uint8_t {
  already_started,  ///< It runs.
  not_started,      ///< It does not run: the one to be stopped, or one that is needed.
  already_loaded,   ///< One of this name is loaded.
  not_loaded,       ///< No application of this name is known.
  running,          ///< It cannot be unloaded now; stop it first.
  needs_itself,     ///< What it needs leads back to itself.
  start_failed,     ///< It was started and failed.
  stopping,         ///< All applications are being stopped, so none can start.
};

/// The name of a refusal, as OTP writes it where OTP knows it.
constexpr std::string_view to_string(application_refusal what) noexcept {
  switch (what) {
    case application_refusal::already_started:
      return "already_started";
    case application_refusal::not_started:
      return "not_started";
    case application_refusal::already_loaded:
      return "already_loaded";
    case application_refusal::not_loaded:
      return "not_loaded";
    case application_refusal::running:
      return "running";
    case application_refusal::needs_itself:
      return "needs_itself";
    case application_refusal::start_failed:
      return "start_failed";
    case application_refusal::stopping:
      return "stopping";
  }
  return {};
}

/// Why a request about an application failed. Formats as a sentence that says what to do.
struct OTP_VISIBLE application_error {
  application_refusal what = application_refusal::not_started;
  std::string application{};  ///< Which one; for `not_started` the one that is missing.
  /// `start_failed`: why. An exception that left a callback is a `start_threw` (L-011), a tree that
  /// could not start is a `shutdown(failed_to_start_child)` (L-012).
  exit_reason reason{};
  std::string phase{};             ///< `start_failed`: the start phase that failed; empty: start.
  std::vector<std::string> way{};  ///< `needs_itself`: from the application to itself.

  bool operator==(const application_error&) const = default;

  /// The sentence.
  std::string to_string() const;
  /// Throws an `exit_error` whose reason is this value.
  [[noreturn]] void raise() const { throw exit_error{exit_reason{*this}}; }
};

}  // namespace otp

/// `application "shop" cannot start: "prices" does not run; start it first, or use ...`
template <>
struct fmt::formatter<otp::application_error> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::application_error& error, Context& context) const {
    return write(error.to_string(), context);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/application_error_impl.hpp>
#endif
