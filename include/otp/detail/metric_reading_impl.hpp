// How readings are shown to people.
#pragma once

#include <otp/config.hpp>
#include <otp/metric_reading.hpp>

#include <cstddef>
#include <string_view>
#include <type_traits>

#include <fmt/format.h>

namespace otp::detail {

OTP_DECL std::string metric_value_text(const metric_value& value) {
  return std::visit(
      [](const auto& shown) -> std::string {
        using type = std::remove_cvref_t<decltype(shown)>;
        if constexpr (std::is_same_v<type, metric_summary>) {
          return fmt::format("count {}, min {:.6g}, mean {:.6g}, max {:.6g}, p50 {:.6g}, p90 {:.6g}, "
                             "p99 {:.6g}",
                             shown.count, shown.min, shown.mean, shown.max, shown.p50, shown.p90,
                             shown.p99);
        } else if constexpr (std::is_same_v<type, metric_distribution>) {
          std::string text = fmt::format("count {}, sum {:.6g}, buckets", shown.count, shown.sum);
          for (const auto bucket : shown.counts) text += fmt::format(" {}", bucket);
          return text;
        } else {
          return fmt::format("{}", shown);
        }
      },
      value);
}

}  // namespace otp::detail

namespace otp {

OTP_DECL std::string describe(const std::vector<metric_reading>& readings) {
  std::string text;
  for (const auto& reading : readings) {
    const metric& about = *reading.definition;
    const std::string_view unit = to_string(about.options().unit);
    text += fmt::format("{}{} ({}{}{})", text.empty() ? "" : "\n", about.name(),
                        to_string(about.kind()), unit.empty() ? "" : ", ", unit);
    for (const auto& series : reading.series) {
      std::string tags;
      for (std::size_t i = 0; i < series.tags.size(); ++i) {
        tags += fmt::format("{}{}={}", i == 0 ? "" : ",", about.options().tags[i], series.tags[i]);
      }
      text += fmt::format("\n  {}{}{}", tags, tags.empty() ? "" : ": ",
                          detail::metric_value_text(series.value));
    }
  }
  return text;
}

}  // namespace otp
