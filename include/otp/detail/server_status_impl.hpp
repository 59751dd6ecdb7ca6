// How system events read.
#pragma once

#include <otp/config.hpp>
#include <otp/server_status.hpp>

#include <fmt/format.h>

#include <string>

namespace otp::detail {

OTP_DECL std::string event_text(const system_event& event) {
  const auto peer = event.peer ? pid_text(event.peer) : std::string{};
  std::string text;
  if (event.what == system_event::kind::in) {
    text = "got " + event.type;
    if (event.peer) text += " from " + peer;
  } else if (event.what == system_event::kind::out) {
    text = "sent " + event.type;
    if (event.peer) text += " to " + peer;
    if (!event.state.empty()) text += ", ";
  }
  if (!event.state.empty()) text += "new state " + event.state;
  return text;
}

}  // namespace otp::detail
