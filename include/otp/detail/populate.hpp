// Memory that is about to be used as a whole, asked for at once: a page fault for each page costs
// several times what the pages cost.
#pragma once

#include <otp/config.hpp>

#include <cstddef>

namespace otp::detail {

/// Makes the whole pages of `size` bytes at `memory` resident, if the system can: Linux 5.14. Their
/// contents stay. Thread-safe.
void populate(void* memory, std::size_t size) noexcept;

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/populate_impl.hpp>
#endif
