// What is to be measured, as values: metrics with the names of Elixir's Telemetry.Metrics.
//
//     namespace m = otp::metrics;
//     const std::vector<otp::metric> shop{
//         m::counter("shop.order.placed.count", {.tags = {"country"}}),
//         m::summary("shop.repo.query.duration", {.unit = otp::metric_unit::millisecond}),
//         m::distribution("shop.http.request.duration", {0.01, 0.1, 1},
//                         {.tags = {"status"}, .unit = otp::metric_unit::second})};
//
// The last word of a name is the measurement, the words before it are the event. otp/metrics.hpp
// has the server that keeps the numbers, otp/prometheus.hpp writes them down.
#pragma once

#include <otp/field.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

/// What becomes of the measurements of the events.
enum class metric_kind : std::uint8_t {
  counter,       ///< How many events there were, whatever they measured.
  sum,           ///< The measurements added up.
  last_value,    ///< The newest of them.
  summary,       ///< Their number, extremes, mean and percentiles.
  distribution,  ///< How many fell into which of the given buckets.
};

/// Returns the kind's name, such as "last_value".
std::string_view to_string(metric_kind kind) noexcept;

/// In what a metric is given. A kilobyte has 1,000 bytes.
enum class metric_unit : std::uint8_t {
  none,
  nanosecond,
  microsecond,
  millisecond,
  second,
  byte,
  kilobyte,
  megabyte,
};

/// Returns the unit's name, such as "millisecond"; empty for none.
std::string_view to_string(metric_unit unit) noexcept;

/// The base units of Prometheus: "seconds" for times, "bytes" for sizes, empty for none.
std::string_view base_unit(metric_unit unit) noexcept;

/// Converts a value from `unit` to its base unit.
double to_base_unit(metric_unit unit, double value) noexcept;

/// What a metric may say beside its name. Functions are called in whoever executes the event, and
/// by several at once: they must be thread-safe and must not wait. One that throws costs that
/// sample, and a warning the first time.
struct metric_options {
  std::string event_name{};   ///< Instead of the name's words but the last.
  std::string measurement{};  ///< Instead of its last word.
  /// The keys of the metadata that tell series apart. A key that an event lacks counts as an empty
  /// text.
  std::vector<std::string> tags{};
  /// Where to look for the tags instead of in the event's metadata.
  std::function<fields(const fields& metadata)> tag_values{};
  std::function<bool(const fields& metadata)> keep{};  ///< Only events for which it is true count.
  std::function<bool(const fields& metadata)> drop{};  ///< Those for which it is true do not. One of both.
  /// In what to give the values. Durations are converted; without a unit they count nanoseconds.
  metric_unit unit = metric_unit::none;
  /// In what plain numbers are measured; they are converted then. None: in `unit` already.
  metric_unit measured_in = metric_unit::none;
  std::string description{};
  /// How many combinations of tag values are told apart. What comes beyond goes into one more
  /// series whose tags all have the value "overflow", and a warning says so, once (C-264).
  std::size_t max_series = 1'000;
  std::size_t window = 512;  ///< Of a summary: how many samples, the newest, it looks at.
  bool monotonic = true;     ///< Of a sum: it never falls, so negative measurements are refused.
};

/// One metric; a value. Immutable, so copies may be read from any thread.
class metric {
 public:
  /// For the functions below. Throws std::invalid_argument, with what is wrong, when the name or
  /// the event's is none, both `keep` and `drop` are given, a tag is empty or there twice, the
  /// units do not fit each other, a limit is zero, or buckets do not ascend.
  metric(metric_kind kind, std::string name, std::vector<double> buckets, metric_options options);

  metric_kind kind() const noexcept { return kind_; }
  const std::string& name() const noexcept { return name_; }
  const std::string& event() const noexcept { return options_.event_name; }
  const std::string& measurement() const noexcept { return options_.measurement; }
  const metric_options& options() const noexcept { return options_; }
  /// Upper bounds, inclusive and ascending, in `unit`; the bucket above all is not among them.
  const std::vector<double>& buckets() const noexcept { return buckets_; }

  /// Returns a measurement as a number of `unit`s; nothing if it is no finite number, or a duration
  /// where bytes are measured.
  std::optional<double> number(const field_value& measured) const noexcept;

 private:
  metric_kind kind_;
  std::string name_;
  std::vector<double> buckets_;
  metric_options options_;
};

namespace metrics {

/// Counts events. All of these throw as the constructor of `metric` does.
metric counter(std::string name, metric_options options = {});
/// Adds a measurement up.
metric sum(std::string name, metric_options options = {});
/// Keeps the newest measurement.
metric last_value(std::string name, metric_options options = {});
/// Number and sum of all samples; minimum, maximum, mean and percentiles of the newest `window`.
metric summary(std::string name, metric_options options = {});
/// Counts samples in buckets with these upper bounds, which are inclusive, and one above all.
metric distribution(std::string name, std::vector<double> buckets, metric_options options = {});

}  // namespace metrics
}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/metric_impl.hpp>
#endif
