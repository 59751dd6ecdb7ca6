// Who holds up a stop: the way from an application to the process whose end all wait for.
#pragma once

#include <otp/call.hpp>
#include <otp/detail/call_circle.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/process_arena.hpp>
#include <otp/detail/application_controller_server.hpp>
#include <otp/pid.hpp>
#include <otp/process_info.hpp>

#include <fmt/format.h>

#include <chrono>
#include <string>
#include <vector>

namespace otp::detail {

/// `<0.3> waits for "shop.supervisor" waits for "till", which does not end`. Who stops a child, and who
/// calls a server, says for whom it waits where everybody can read it (call_circle.hpp), so nobody on
/// the way needs to answer; only of the last one it is asked what it does, for `patience` at most.
inline std::string way_of_waits(pid who, std::chrono::nanoseconds patience) {
  auto& core = current_core("otp::run");
  std::string way;
  for (int steps = 0; steps < longest_circle; ++steps) {
    way += (way.empty() ? "" : " waits for ") + display_name(core, who);
    const auto* const p = process_arena::find(who);
    const auto* const next =
        p == nullptr ? nullptr : end_of_edge(p->waits_on.load(std::memory_order_relaxed));
    if (next == nullptr) break;
    who = next->id();
  }
  const auto info = process_info(who, patience);
  if (!info) return way + ", which is busy in a handler";
  if (info->current_message.empty()) return way + ", which does not end";
  return way + ", which is still in its handler of " + info->current_message;
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
