// How an event is taken into a metric.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/metric_recorder.hpp>
#include <otp/detail/tag_key.hpp>
#include <otp/exit_reason.hpp>
#include <otp/telemetry_table.hpp>

#include <utility>

#include <fmt/format.h>

namespace otp::detail {

OTP_DECL metric_recorder::metric_recorder(metric definition)
    : metric_{std::make_shared<const metric>(std::move(definition))},
      series_{std::in_place_type<metric_cell>, *metric_} {
  if (!metric_->options().tags.empty()) series_.emplace<series_table>(*metric_);
}

OTP_DECL std::optional<std::string> metric_recorder::record(const fields& measurements,
                                                            const fields& metadata) {
  try {
    return take(measurements, metadata);
  } catch (...) {
    // A handler that throws would be detached, with all other metrics of its server (M-007).
    const caught_error caught;
    if (!caught.error) throw;
    if (!is_first(trouble::function)) return std::nullopt;
    return fmt::format("metric {}: keep, drop or tag_values failed, the event does not count: {}",
                       metric_->name(), caught.reason());
  }
}

OTP_DECL std::optional<std::string> metric_recorder::take(const fields& measurements,
                                                          const fields& metadata) {
  const auto& options = metric_->options();
  if (options.keep && !options.keep(metadata)) return std::nullopt;
  if (options.drop && options.drop(metadata)) return std::nullopt;
  double value = 1;
  if (metric_->kind() != metric_kind::counter) {
    const auto* const measured = measurements.find(metric_->measurement());
    if (measured == nullptr) return std::nullopt;
    const auto number = metric_->number(*measured);
    const bool falls = metric_->kind() == metric_kind::sum && options.monotonic;
    if (!number || (falls && *number < 0)) {
      if (!is_first(trouble::measurement)) return std::nullopt;
      return fmt::format("metric {}: the measurement {} is {}, the event does not count: \"{}\"",
                         metric_->name(), metric_->measurement(),
                         number ? "negative" : "no number of its unit", *measured);
    }
    value = *number;
  }
  if (options.tags.empty()) {
    std::get<metric_cell>(series_).add(value);
    return std::nullopt;
  }
  return add(value, options.tag_values ? options.tag_values(metadata) : metadata);
}

OTP_DECL std::optional<std::string> metric_recorder::add(double value, const fields& tags) {
  tag_key key;
  for (const auto& tag : metric_->options().tags) key.add(tags.find(tag));
  const auto [cell, overflows_now] = std::get<series_table>(series_).at(key.text());
  cell.add(value);
  if (!overflows_now || !is_first(trouble::overflow)) return std::nullopt;
  return fmt::format("metric {}: there are more than {} combinations of tag values; the others go "
                     "into the series \"overflow\"",
                     metric_->name(), metric_->options().max_series);
}

OTP_DECL metric_reading metric_recorder::read() const {
  metric_reading shown{.definition = metric_};
  if (const auto* const table = std::get_if<series_table>(&series_)) {
    shown.series = table->read();
  } else if (auto value = std::get<metric_cell>(series_).read()) {
    shown.series.push_back({{}, *std::move(value)});
  }
  return shown;
}

}  // namespace otp::detail
