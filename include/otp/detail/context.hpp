// Which runtime and which process the calling code belongs to.
#pragma once

#include <otp/detail/lifecycle.hpp>
#include <otp/error.hpp>

#include <stdexcept>
#include <string>
#include <string_view>

namespace otp::detail {

/// The runtime of the calling process, or the one that this plain thread has entered.
inline runtime_core& current_core(std::string_view operation) {
  auto& thread = this_thread();
  if (thread.worker != nullptr) return thread.worker->core();
  if (thread.entered != nullptr) return *thread.entered;
  throw not_a_process{operation};
}

/// The calling process.
inline process& require_process(std::string_view operation) {
  auto* const p = current_process();
  if (p == nullptr) throw not_a_process{operation};
  return *p;
}

}  // namespace otp::detail
