// How a metric is checked, and how units are converted.
#pragma once

#include <otp/config.hpp>
#include <otp/event_name.hpp>
#include <otp/metric.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <stdexcept>
#include <utility>

#include <fmt/format.h>

namespace otp::detail {

enum class metric_dimension : std::uint8_t { none, time, size };

struct metric_unit_facts {
  std::string_view name;
  metric_dimension dimension;
  // One of the unit is `times / by` of the base unit; one of them is 1, so that a conversion is one
  // exact operation: 700 ms are 0.7 s, and not 700 * 0.001.
  double times;
  double by;
};

OTP_DECL const metric_unit_facts& facts_of(metric_unit unit) noexcept {
  static constexpr std::array<metric_unit_facts, 8> all{{
      {"", metric_dimension::none, 1, 1},
      {"nanosecond", metric_dimension::time, 1, 1e9},
      {"microsecond", metric_dimension::time, 1, 1e6},
      {"millisecond", metric_dimension::time, 1, 1e3},
      {"second", metric_dimension::time, 1, 1},
      {"byte", metric_dimension::size, 1, 1},
      {"kilobyte", metric_dimension::size, 1e3, 1},
      {"megabyte", metric_dimension::size, 1e6, 1},
  }};
  return all[static_cast<std::size_t>(unit)];
}

OTP_DECL double convert(double value, metric_unit from, metric_unit to) noexcept {
  const auto& a = facts_of(from);
  const auto& b = facts_of(to);
  const double times = a.times * b.by;
  const double by = a.by * b.times;
  return times >= by ? value * (times / by) : value / (by / times);
}

[[noreturn]] OTP_DECL void refuse_metric(std::string_view name, std::string_view what) {
  throw std::invalid_argument{fmt::format("otp: metric \"{}\": {}", name, what)};
}

// The words before the last one name the event.
OTP_DECL void split_metric_name(const std::string& name, metric_options& options) {
  const auto dot = name.rfind('.');
  if (options.event_name.empty()) {
    if (dot == std::string::npos) {
      refuse_metric(name, "the name needs the words of an event and then a measurement, such as "
                          "\"shop.query.duration\"; or give `event_name`");
    }
    options.event_name = name.substr(0, dot);
  }
  if (options.measurement.empty()) {
    options.measurement = dot == std::string::npos ? name : name.substr(dot + 1);
  }
  if (options.measurement.empty()) {
    refuse_metric(name, "the last word, which is the measurement, is empty");
  }
  static_cast<void>(event_name::of(options.event_name));  // throws if it is none
}

OTP_DECL void check_tags(std::string_view name, const std::vector<std::string>& tags) {
  for (auto tag = tags.begin(); tag != tags.end(); ++tag) {
    if (tag->empty()) refuse_metric(name, "a tag is empty; expected a key of the metadata");
    if (std::find(tags.begin(), tag, *tag) != tag) {
      refuse_metric(name, fmt::format("the tag \"{}\" is there twice", *tag));
    }
  }
}

OTP_DECL void check_buckets(std::string_view name, metric_kind kind,
                            const std::vector<double>& bounds) {
  if (kind != metric_kind::distribution) return;
  if (bounds.empty()) refuse_metric(name, "a distribution needs at least one bucket");
  for (std::size_t i = 0; i < bounds.size(); ++i) {
    if (!std::isfinite(bounds[i]) || (i > 0 && bounds[i] <= bounds[i - 1])) {
      refuse_metric(name, fmt::format("the bucket {} is out of order; bounds must be finite and "
                                      "ascend (the one above all is added)",
                                      bounds[i]));
    }
  }
}

}  // namespace otp::detail

namespace otp {

OTP_DECL std::string_view to_string(metric_kind kind) noexcept {
  static constexpr std::array<std::string_view, 5> names{"counter", "sum", "last_value", "summary",
                                                         "distribution"};
  return names[static_cast<std::size_t>(kind)];
}

OTP_DECL std::string_view to_string(metric_unit unit) noexcept {
  return detail::facts_of(unit).name;
}

OTP_DECL std::string_view base_unit(metric_unit unit) noexcept {
  static constexpr std::array<std::string_view, 3> names{"", "seconds", "bytes"};
  return names[static_cast<std::size_t>(detail::facts_of(unit).dimension)];
}

OTP_DECL double to_base_unit(metric_unit unit, double value) noexcept {
  const auto& facts = detail::facts_of(unit);
  return facts.by == 1 ? value * facts.times : value / facts.by;
}

OTP_DECL metric::metric(metric_kind kind, std::string name, std::vector<double> buckets,
                        metric_options options)
    : kind_{kind},
      name_{std::move(name)},
      buckets_{std::move(buckets)},
      options_{std::move(options)} {
  detail::split_metric_name(name_, options_);
  detail::check_tags(name_, options_.tags);
  detail::check_buckets(name_, kind_, buckets_);
  if (options_.keep && options_.drop) {
    detail::refuse_metric(name_, "both `keep` and `drop` are given; give one of them");
  }
  if (options_.measured_in != metric_unit::none &&
      base_unit(options_.measured_in) != base_unit(options_.unit)) {
    detail::refuse_metric(name_, fmt::format("what is measured in {}s cannot be given in \"{}\"",
                                             to_string(options_.measured_in),
                                             to_string(options_.unit)));
  }
  if (options_.max_series == 0 || options_.window == 0) {
    detail::refuse_metric(name_, "`max_series` and `window` must be at least 1");
  }
}

OTP_DECL std::optional<double> metric::number(const field_value& measured) const noexcept {
  const metric_unit unit = options_.unit;
  double value = 0;
  if (const auto* const time = measured.get<std::chrono::nanoseconds>()) {
    const auto count = static_cast<double>(time->count());
    if (unit == metric_unit::none) return count;
    if (base_unit(unit) != "seconds") return std::nullopt;
    return detail::convert(count, metric_unit::nanosecond, unit);
  }
  if (const auto* const whole = measured.get<std::int64_t>()) {
    value = static_cast<double>(*whole);
  } else if (const auto* const real = measured.get<double>()) {
    value = *real;
  } else {
    return std::nullopt;
  }
  if (options_.measured_in != metric_unit::none) {
    value = detail::convert(value, options_.measured_in, unit);
  }
  if (!std::isfinite(value)) return std::nullopt;
  return value;
}

namespace metrics {

OTP_DECL metric counter(std::string name, metric_options options) {
  return metric{metric_kind::counter, std::move(name), {}, std::move(options)};
}

OTP_DECL metric sum(std::string name, metric_options options) {
  return metric{metric_kind::sum, std::move(name), {}, std::move(options)};
}

OTP_DECL metric last_value(std::string name, metric_options options) {
  return metric{metric_kind::last_value, std::move(name), {}, std::move(options)};
}

OTP_DECL metric summary(std::string name, metric_options options) {
  return metric{metric_kind::summary, std::move(name), {}, std::move(options)};
}

OTP_DECL metric distribution(std::string name, std::vector<double> buckets,
                             metric_options options) {
  return metric{metric_kind::distribution, std::move(name), std::move(buckets),
                std::move(options)};
}

}  // namespace metrics
}  // namespace otp
