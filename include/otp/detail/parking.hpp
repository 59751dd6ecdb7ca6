// Where plain threads wait for processes. The places are process-wide and never destroyed, so a
// late wake-up meets a place that still exists.
#pragma once

#include <otp/config.hpp>
#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace otp::detail {

struct parking_place {
  std::mutex mutex;
  std::condition_variable woken;
};

OTP_VISIBLE inline parking_place& parking_place_of(std::uint32_t slot) {
  static auto* const places = new std::array<parking_place, 64>;
  return (*places)[slot % 64];
}

}  // namespace otp::detail
