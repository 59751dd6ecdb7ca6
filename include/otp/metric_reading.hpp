// What metrics show at one moment: plain values, for reporters and tests.
#pragma once

#include <otp/metric.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

namespace otp {

/// What a summary shows. Number and sum are of all samples since the beginning; the rest is of the
/// newest `window` of them, and zero before the first. A percentile is the smallest sample that so
/// many percent of the samples do not exceed.
struct metric_summary {
  std::uint64_t count = 0;
  double sum = 0;
  double min = 0;
  double max = 0;
  double mean = 0;
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
};

/// What a distribution shows.
struct metric_distribution {
  /// How many samples fell into each bucket, not cumulative; the last is the one above all bounds.
  std::vector<std::uint64_t> counts{};
  std::uint64_t count = 0;  ///< The sum of `counts`.
  double sum = 0;           ///< Of all samples.
};

/// A counter's number is whole; sums and last values are real; all in the metric's unit.
using metric_value = std::variant<std::uint64_t, double, metric_summary, metric_distribution>;

/// The numbers of one combination of tag values.
struct metric_series {
  std::vector<std::string> tags{};  ///< The values, in the order of the metric's tags. UTF-8.
  metric_value value{};
};

/// One metric with its series in the order of their tags. A metric without tags has one series from
/// the beginning (a last value when there is one); others have none before the first event.
struct metric_reading {
  std::shared_ptr<const metric> definition{};
  std::vector<metric_series> series{};
};

/// Returns readings as a few lines for people: a metric, and under it a line for each series.
std::string describe(const std::vector<metric_reading>& readings);

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/metric_reading_impl.hpp>
#endif
