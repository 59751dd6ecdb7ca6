// Why a pool has no worker for a request.
#pragma once

#include <otp/detail/text_formatter.hpp>
#include <otp/error.hpp>
#include <otp/exit_reason.hpp>
#include <otp/field.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>

namespace otp {

/// Why a checkout failed. Formats as a sentence that says what to do.
struct pool_error {
  enum class kind : std::uint8_t {
    none_free,    ///< No worker was idle, and the request was not willing to wait (C-203).
    timeout,      ///< No worker became idle in time.
    unavailable,  ///< There is no such pool, or it stopped; `reason` says how.
  };
  kind what = kind::timeout;
  std::chrono::nanoseconds waited{};
  std::size_t lent = 0;     ///< Workers in use at that moment.
  std::size_t waiting = 0;  ///< Other requests that waited.
  exit_reason reason{};

  friend bool operator==(const pool_error&, const pool_error&) = default;

  /// Throws an `exit_error` whose reason is this value.
  [[noreturn]] void raise() const { throw exit_error{exit_reason{*this}}; }
};

namespace detail {

std::string pool_error_text(const pool_error& error);

}  // namespace detail

}  // namespace otp

/// `no worker was free within 50ms: 5 are in use and 12 requests wait; …`
template <>
struct fmt::formatter<otp::pool_error> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::pool_error& error, Context& context) const {
    return write(otp::detail::pool_error_text(error), context);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/pool_error_impl.hpp>
#endif
