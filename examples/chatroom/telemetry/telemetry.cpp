#include "telemetry/telemetry.hpp"

#include "predecessors.hpp"

#include <otp/call.hpp>
#include <otp/child.hpp>
#include <otp/measurements.hpp>
#include <otp/metrics.hpp>
#include <otp/prometheus.hpp>
#include <otp/supervisor.hpp>

#include <chrono>
#include <iterator>
#include <utility>

namespace chatroom::telemetry {
namespace {

using otp::metric_unit;
using otp::metrics::counter;
using otp::metrics::distribution;
using otp::metrics::last_value;
using otp::metrics::summary;

const otp::name<otp::metrics_server> numbers{"chatroom.telemetry.metrics"};

// Seconds. Most answers take less than a millisecond; beyond a second people notice.
const std::vector<double> response_times{0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5};

}  // namespace

otp::child_spec child(std::vector<otp::telemetry_measurement> periodic) {
  auto measurements = otp::measurements::builtin();
  measurements.insert(measurements.end(), std::make_move_iterator(periodic.begin()),
                      std::make_move_iterator(periodic.end()));
  const std::string poller = "chatroom.telemetry.poller";
  return otp::child(otp::supervisor_spec{
      .name = "chatroom.telemetry",
      .children = {predecessors("chatroom.telemetry.predecessors", {numbers.value, poller}),
                   otp::child<otp::metrics_server>({.name = numbers.value, .metrics = metrics()}),
                   otp::child<otp::telemetry_poller>(
                       {.name = poller, .measurements = std::move(measurements)})}});
}

std::vector<otp::metric> metrics() {
  return {
      counter("chatroom.message.posted.count", {.description = "Messages that were stored."}),
      summary("chatroom.repo.query.total_time",
              {.tags = {"source", "result"},
               .unit = metric_unit::second,
               .description = "Time of a query, with the wait for a connection."}),
      distribution("chatroom.endpoint.request.duration", response_times,
                   {.tags = {"method", "status"},
                    .unit = metric_unit::second,
                    .description = "Time from a request to the end of its response."}),
      counter("chatroom.socket.opened.count", {.description = "WebSockets that were opened."}),
      counter("chatroom.socket.closed.count", {.description = "WebSockets that were closed."}),
      counter("chatroom.view.mounted.count", {.description = "Live views that were mounted."}),
      last_value("chatroom.endpoint.processes.connections",
                 {.description = "Connections, of HTTP and WebSockets."}),
      last_value("chatroom.endpoint.processes.views", {.description = "Live views."}),
      last_value("chatroom.repo.pool.idle", {.description = "Database connections that are free."}),
      last_value("chatroom.repo.pool.lent", {.description = "Database connections in use."}),
      last_value("chatroom.repo.pool.waiting",
                 {.description = "Queries that wait for a database connection."}),
      last_value("vm.memory.rss", {.unit = metric_unit::byte,
                                   .description = "Memory of the program."}),
      last_value("vm.system_counts.process_count", {.description = "Processes of the runtime."}),
      last_value("vm.run_queue.length", {.event_name = "vm.total_run_queue_lengths",
                                         .measurement = "total",
                                         .description = "Processes that wait for a thread."}),
  };
}

std::optional<std::string> scrape() {
  const auto readings =
      otp::try_call(numbers, otp::metrics_server::read{}, std::chrono::seconds{1});
  if (!readings) return {};
  return otp::prometheus::text(*readings);
}

}  // namespace chatroom::telemetry
