// What the chatroom measures of itself.
//
//   chatroom.telemetry                supervisor, one_for_one
//     chatroom.telemetry.predecessors   waits until a killed telemetry's processes are gone
//     chatroom.telemetry.metrics        the numbers; `get_state` shows them
//     chatroom.telemetry.poller         measures every ten seconds what no event tells
#pragma once

#include <otp/child_spec.hpp>
#include <otp/metric.hpp>
#include <otp/telemetry_poller.hpp>

#include <optional>
#include <string>
#include <vector>

namespace chatroom::telemetry {

/// Returns the spec of the telemetry. `periodic` is measured beside the built-in measurements.
/// Events are counted in whoever executes them: killing any part of this disturbs nobody, and its
/// successor counts from zero (C-076).
otp::child_spec child(std::vector<otp::telemetry_measurement> periodic);

/// All metrics of the chatroom.
std::vector<otp::metric> metrics();

/// The numbers as Prometheus reads them; nothing while their process starts again. May wait.
std::optional<std::string> scrape();

}  // namespace chatroom::telemetry
