// How summaries and distributions are read.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/metric_cells.hpp>

#include <numeric>

namespace otp::detail {

OTP_DECL std::optional<metric_value> summary_cell::read() const {
  metric_summary shown{.count = count_.load(std::memory_order_relaxed),
                       .sum = sum_.load(std::memory_order_relaxed)};
  std::vector<double> samples;
  samples.reserve(ring_.size());
  for (const auto& each : ring_) {
    // A place that was taken a moment ago may still be empty, or hold the sample of before.
    const double sample = each.load(std::memory_order_relaxed);
    if (!std::isnan(sample)) samples.push_back(sample);
  }
  if (samples.empty()) return shown;
  std::sort(samples.begin(), samples.end());
  const auto percentile = [&](std::size_t percent) {
    return samples[(samples.size() * percent + 99) / 100 - 1];
  };
  shown.min = samples.front();
  shown.max = samples.back();
  shown.mean = std::accumulate(samples.begin(), samples.end(), 0.0) /
               static_cast<double>(samples.size());
  shown.p50 = percentile(50);
  shown.p90 = percentile(90);
  shown.p99 = percentile(99);
  return shown;
}

OTP_DECL std::optional<metric_value> distribution_cell::read() const {
  metric_distribution shown;
  shown.sum = sum_.load(std::memory_order_relaxed);
  shown.counts.reserve(counts_.size());
  for (const auto& each : counts_) {
    shown.counts.push_back(each.load(std::memory_order_relaxed));
    shown.count += shown.counts.back();
  }
  return shown;
}

OTP_DECL metric_cell::metric_cell(const metric& of) {
  switch (of.kind()) {
    case metric_kind::counter: cell_.emplace<counter_cell>(); break;
    case metric_kind::sum: cell_.emplace<sum_cell>(); break;
    case metric_kind::last_value: cell_.emplace<last_value_cell>(); break;
    case metric_kind::summary: cell_.emplace<summary_cell>(of.options().window); break;
    case metric_kind::distribution: cell_.emplace<distribution_cell>(of.buckets()); break;
  }
}

}  // namespace otp::detail
