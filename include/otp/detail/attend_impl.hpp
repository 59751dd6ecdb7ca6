// What every receive does first.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/receive_impl.hpp>

namespace otp::detail {

OTP_DECL void attend(process& self) {
  auto& here = *this_worker();
  here.charge(self);
  here.fetch_mail();
  if (self.signalled.exchange(false, std::memory_order_relaxed)) here.receive_all(self);
  here.end_if_exiting(self);
}

}  // namespace otp::detail
