// The numbers of a list of metrics, fed by telemetry events.
//
//     const auto store = std::make_shared<otp::metric_store>(std::vector{shop_metrics()});
//     const otp::metric_attachment fed{otp::telemetry::current(), "shop.metrics", store};
//     ...
//     fmt::print("{}\n", otp::describe(store->read()));
//
// Most programs let otp/metrics.hpp do this in a process of their tree.
#pragma once

#include <otp/detail/metric_recorder.hpp>
#include <otp/event_name.hpp>
#include <otp/field.hpp>
#include <otp/metric.hpp>
#include <otp/metric_reading.hpp>
#include <otp/telemetry_table.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

/// Keeps what its metrics count (C-263). What a sample costs is one look-up by its tags and one or
/// two atomic additions; only the first event of a combination of tag values takes a lock.
/// Memory is bounded: a series of a counter takes about a hundred bytes, one of a summary eight more
/// for each sample of its window, and there are at most `max_series` + 1 of them.
/// Thread safety: every member may be called from any thread.
class metric_store {
 public:
  /// `on_warning` is told, at most once for each metric and cause, in whoever executes the event:
  /// that series overflow (C-264), that a measurement is no number, that a function of a metric
  /// threw. Throws std::invalid_argument when two metrics have the same kind and name.
  explicit metric_store(std::vector<metric> metrics,
                        std::function<void(std::string_view)> on_warning = {});
  metric_store(const metric_store&) = delete;
  metric_store& operator=(const metric_store&) = delete;

  /// The events that some metric is about; the names are valid while the store is.
  std::vector<event_name> events() const;

  /// Takes the measurements of one event. An event that lacks a metric's measurement does not count
  /// for it, unless it is a counter. Throws nothing but what runs out of memory.
  void record(event_name event, const fields& measurements, const fields& metadata);

  /// What all metrics show now, in the order in which they were given.
  std::vector<metric_reading> read() const;

 private:
  struct group {
    event_name event;
    std::vector<detail::metric_recorder*> recorders;
  };

  std::function<void(std::string_view)> on_warning_;
  std::vector<std::unique_ptr<detail::metric_recorder>> recorders_;
  std::vector<group> groups_;  // in the order of the names' hashes
};

/// While it lives, the events of a telemetry table go to a store. The table must outlive it; the
/// store may get an event that is under way when this is destroyed.
class metric_attachment {
 public:
  /// `id` names the handler, see telemetry_table::attach. Throws std::invalid_argument if it is
  /// taken.
  metric_attachment(telemetry_table& table, std::string id, std::shared_ptr<metric_store> store);
  metric_attachment(const metric_attachment&) = delete;
  metric_attachment& operator=(const metric_attachment&) = delete;
  ~metric_attachment() { table_.detach(id_); }

 private:
  telemetry_table& table_;
  std::string id_;
};

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/metric_store_impl.hpp>
#endif
