// How the refusals of a supervisor are written.
#pragma once

#include <otp/child_info.hpp>
#include <otp/config.hpp>

#include <fmt/format.h>

#include <string>

namespace otp::detail {

OTP_DECL std::string child_error_text(const child_error& error) {
  const std::string child =
      error.id.empty() ? std::string{"the child"} : fmt::format("child \"{}\"", error.id);
  switch (error.what) {
    case refusal::not_found:
      return fmt::format("{} is not known here: which_children lists those that are", child);
    case refusal::running:
      return fmt::format("{} is running as {}: terminate it first", child, error.process);
    case refusal::restarting:
      return fmt::format("{} is being restarted: terminate it to end that", child);
    case refusal::already_started:
      return fmt::format("{} is running already as {}: give the new one an .id of its own", child,
                         error.process);
    case refusal::already_present:
      return fmt::format("{} is there already, without a process: restart it, or delete it first",
                         child);
    case refusal::invalid_spec:
      return error.reason.to_string();
    case refusal::start_failed:
      return fmt::format("{} did not start: {}", child, error.reason);
    case refusal::max_children:
      return fmt::format(
          "{} was not started: the supervisor has as many children as .max_children allows", child);
  }
  return {};
}

}  // namespace otp::detail
