// Metrics as Prometheus reads them: the text exposition format, version 0.0.4 (C-291).
//
//     const auto readings = otp::call(shop_metrics, otp::metrics_server::read{});
//     respond(otp::prometheus::text(readings), otp::prometheus::content_type);
//
// What becomes of a metric "shop.repo.query.duration" in milliseconds, with the tag "source":
//
//     counter              shop_repo_query_duration_total{source="a"} 7
//     sum                  shop_repo_query_duration_seconds_total{…}; not monotonic: a gauge, no _total
//     last_value           shop_repo_query_duration_seconds{…}
//     summary              shop_repo_query_duration_seconds{…,quantile="0.5"}, "0.9", "0.99",
//                          …_seconds_sum{…} and …_seconds_count{…}
//     distribution         …_seconds_bucket{…,le="0.1"} … {…,le="+Inf"}, cumulative, …_sum and …_count
#pragma once

#include <otp/metric_reading.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace otp::prometheus {

/// The media type of the text.
inline constexpr std::string_view content_type = "text/plain; version=0.0.4; charset=utf-8";

/// Writes readings down. Metrics come in the order of the readings, series in that of their tags, so
/// equal readings give equal texts. Values are in base units: seconds and bytes.
///
/// Dots, and what else may not stand in a name, become underscores. If the names that a metric would
/// have are taken by one before it, the kind is added to its name ("…_seconds_summary"), and then a
/// number, so that every text is valid; likewise for the names of tags. A metric without series is
/// left out. Descriptions must be UTF-8.
std::string text(const std::vector<metric_reading>& readings);

}  // namespace otp::prometheus

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/prometheus_impl.hpp>
#endif
