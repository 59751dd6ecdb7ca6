// Which runtime and which process the calling code belongs to.
#pragma once

#include <otp/detail/lifecycle.hpp>
#include <otp/error.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace otp::detail {

/// The runtime of the calling process, or the one that this plain thread has entered, or null.
inline runtime_core* find_current_core() noexcept {
  auto& thread = this_thread();
  return thread.worker != nullptr ? &thread.worker->core() : thread.entered;
}

/// The same; throws where there is none.
runtime_core& current_core(std::string_view operation);

/// The calling process.
process& require_process(std::string_view operation);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/context_impl.hpp>
#endif
