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
inline runtime_core& current_core(std::string_view operation) {
  if (auto* const core = find_current_core()) return *core;
  throw not_a_process{operation};
}

/// The calling process.
inline process& require_process(std::string_view operation) {
  auto* const p = current_process();
  if (p == nullptr) throw not_a_process{operation};
  return *p;
}

}  // namespace otp::detail
