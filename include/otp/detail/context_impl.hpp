// How the calling code finds its runtime and its process.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>

#include <stdexcept>
#include <string_view>

namespace otp::detail {

OTP_DECL runtime_core& current_core(std::string_view operation) {
  if (auto* const core = find_current_core()) return *core;
  throw not_a_process{operation};
}

OTP_DECL process& require_process(std::string_view operation) {
  auto* const p = current_process();
  if (p == nullptr) throw not_a_process{operation};
  return *p;
}

}  // namespace otp::detail
