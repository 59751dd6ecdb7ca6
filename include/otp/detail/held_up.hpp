// Who holds up a stop: the way from an application to the process whose end all wait for.
#pragma once

#include <otp/call.hpp>
#include <otp/detail/application_controller_server.hpp>
#include <otp/pid.hpp>
#include <otp/process.hpp>
#include <otp/process_info.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

namespace otp::detail {

/// As people know it: its name if it has one.
inline std::string name_or_pid(const pid& who) {
  for (const auto& [name, holder] : otp::registered()) {
    if (holder == who) return fmt::format("\"{}\"", name);
  }
  return fmt::format("{}", who);
}

/// `"shop.supervisor" waits for "shop.till" waits for <0.52>, which does not come to an end`. Who stops
/// a child watches it, so the way is that of the monitors; it ends with a process that watches nobody
/// or does not answer within `patience`.
inline std::string way_of_waits(pid who, std::chrono::nanoseconds patience) {
  std::string way;
  for (int steps = 0; steps < 16; ++steps) {
    way += name_or_pid(who);
    const auto info = process_info(who, patience);
    if (!info) return way + ", which is busy in a handler";
    if (info->monitors.empty()) {
      return way + (info->current_message.empty()
                        ? std::string{", which does not end"}
                        : ", which is still in its handler of " + info->current_message);
    }
    way += " waits for ";
    who = info->monitors.back();
  }
  return way + "...";
}

/// One line for each application that is being stopped; empty when the controller does not answer, as
/// when every scheduler thread is busy. On a plain thread, and takes `patience` several times at most.
inline std::vector<std::string> who_holds_up(std::chrono::nanoseconds patience) {
  using server = application_controller_server;
  const name<server> controller{std::string{server::registered_name}};
  const auto stopping = otp::try_call(controller, server::list_stopping{}, patience);
  const auto running = otp::try_call(controller, server::list_running{}, patience);
  std::vector<std::string> lines;
  if (!stopping || !running) return lines;
  for (const auto& application : *stopping) {
    for (const auto& each : *running) {
      if (each.name != application) continue;
      lines.push_back(fmt::format("application {}: {}", application,
                                  way_of_waits(each.master, patience)));
    }
  }
  return lines;
}

}  // namespace otp::detail
