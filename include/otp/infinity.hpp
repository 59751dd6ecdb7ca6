// The one word for "wait as long as it takes".
#pragma once

#include <chrono>

namespace otp {

/// A timeout that never strikes, accepted wherever the library takes one.
inline constexpr std::chrono::nanoseconds infinity = std::chrono::nanoseconds::max();

}  // namespace otp
