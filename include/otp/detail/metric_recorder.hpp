// One metric with its series: what of an event counts, and where.
#pragma once

#include <otp/detail/metric_cells.hpp>
#include <otp/detail/series_table.hpp>
#include <otp/field.hpp>
#include <otp/metric.hpp>
#include <otp/metric_reading.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace otp::detail {

/// Thread safety: every member may be called from any thread.
class metric_recorder {
 public:
  explicit metric_recorder(metric definition);

  const metric& about() const noexcept { return *metric_; }

  /// Takes an event. Returns a text for the log when something is wrong for the first time.
  std::optional<std::string> record(const fields& measurements, const fields& metadata);

  metric_reading read() const;

 private:
  enum class trouble : std::size_t { overflow, measurement, function };

  std::optional<std::string> take(const fields& measurements, const fields& metadata);
  std::optional<std::string> add(double value, const fields& tags);
  // True the first time for each kind of trouble.
  bool is_first(trouble what) noexcept {
    auto& known = known_[static_cast<std::size_t>(what)];
    return !known.load(std::memory_order_relaxed) && !known.exchange(true, std::memory_order_relaxed);
  }

  std::shared_ptr<const metric> metric_;
  std::variant<metric_cell, series_table> series_;  // one cell if there are no tags
  std::array<std::atomic<bool>, 3> known_{};
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/metric_recorder_impl.hpp>
#endif
