// How the poller goes through its measurements.
#pragma once

#include <otp/config.hpp>
#include <otp/exit_reason.hpp>
#include <otp/field.hpp>
#include <otp/log.hpp>
#include <otp/process.hpp>
#include <otp/telemetry_poller.hpp>
#include <otp/telemetry_table.hpp>
#include <otp/timer.hpp>

#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace otp::detail {

// False: it failed, and the log says why.
OTP_DECL bool measured(const telemetry_measurement& one) {
  try {
    one.measure();
    return true;
  } catch (...) {
    const caught_error caught;
    if (!caught.error) throw;  // not a failure: this process is being killed
    log::error("the measurement \"{}\" failed and is removed: {}", one.name, caught.reason());
    return false;
  }
}

}  // namespace otp::detail

namespace otp {

OTP_DECL telemetry_poller::telemetry_poller(options with) : options_{std::move(with)} {
  if (options_.period.count() <= 0 || options_.init_delay.count() < 0) {
    throw std::invalid_argument{fmt::format(
        "otp::telemetry_poller: the period is {} and the first delay {}; expected a period of more "
        "than zero and a delay of zero or more",
        detail::duration_text(options_.period), detail::duration_text(options_.init_delay))};
  }
  for (const auto& each : options_.measurements) {
    if (!each.measure) {
      throw std::invalid_argument{
          fmt::format("otp::telemetry_poller: the measurement \"{}\" has no function", each.name)};
    }
  }
}

OTP_DECL void telemetry_poller::init() {
  send_after(options_.init_delay, this_process::self(), collect{});
}

OTP_DECL std::vector<std::string> telemetry_poller::handle_call(list_measurements) const {
  std::vector<std::string> names;
  for (const auto& each : options_.measurements) names.push_back(each.name);
  return names;
}

OTP_DECL void telemetry_poller::handle_info(collect) {
  std::erase_if(options_.measurements,
                [](const telemetry_measurement& each) { return !detail::measured(each); });
  send_after(options_.period, this_process::self(), collect{});
}

OTP_DECL std::string telemetry_poller::format_status() const {
  std::string text = fmt::format("every {}:", detail::duration_text(options_.period));
  for (const auto& each : options_.measurements) text += fmt::format("\n  {}", each.name);
  return text;
}

}  // namespace otp
