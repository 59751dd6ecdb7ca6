// Metrics of a program: a server that counts telemetry events, to be a child in its tree.
//
//     otp::child<otp::metrics_server>({.name = "shop.metrics", .metrics = shop_metrics()})
//     ...
//     const otp::name<otp::metrics_server> shop{"shop.metrics"};
//     for (const auto& each : otp::call(shop, otp::metrics_server::read{})) ...
//
// Events are counted where they are executed, not in this process: it owns the numbers, and a caller
// never waits for it. otp/metric.hpp says what a metric is, otp/prometheus.hpp writes a reading down.
#pragma once

#include <otp/gen_server.hpp>
#include <otp/metric.hpp>
#include <otp/metric_reading.hpp>
#include <otp/metric_store.hpp>

#include <memory>
#include <string>
#include <vector>

namespace otp {

/// Attaches its metrics to the telemetry of its runtime when it starts, and detaches them whichever
/// way it ends, also when it is killed; a successor counts from zero. Warnings go to the log.
/// `sys::get_state` shows the numbers.
class metrics_server : public gen_server<metrics_server> {
 public:
  struct options {
    std::string name{};  ///< Registered; none if empty.
    std::vector<metric> metrics{};
  };

  /// What all metrics show now, in the order in which they were given.
  struct read {
    using reply = std::vector<metric_reading>;
  };

  /// The start fails with std::invalid_argument when two metrics have the same kind and name.
  explicit metrics_server(options with);

  std::vector<metric_reading> handle_call(read) const { return store_->read(); }
  std::string format_status() const { return describe(store_->read()); }

 private:
  std::shared_ptr<metric_store> store_;
  metric_attachment attachment_;
};

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/metrics_impl.hpp>
#endif
