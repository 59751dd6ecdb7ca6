// How the errors of a pool are written.
#pragma once

#include <otp/config.hpp>
#include <otp/field.hpp>
#include <otp/pool_error.hpp>

#include <fmt/format.h>

#include <string>

namespace otp::detail {

OTP_DECL std::string pool_error_text(const pool_error& error) {
  using kind = pool_error::kind;
  if (error.what == kind::unavailable) {
    return fmt::format("the pool is not available: {}", error.reason);
  }
  const auto what = error.what == kind::none_free
                        ? std::string{"no worker is free"}
                        : "no worker was free within " + duration_text(error.waited);
  return fmt::format(
      "{}: {} in use, {} other requests waiting; add workers or hold them for less time", what,
      error.lent, error.waiting);
}

}  // namespace otp::detail
