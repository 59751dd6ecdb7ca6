// The numbers of one series of a metric: written by many threads at once without a lock, read by few.
//
// Readers may see one of two samples that were added at the same moment in a count and not yet in
// the sum; nothing is lost. All loads and stores are relaxed: a number publishes nothing but itself.
#pragma once

#include <otp/metric.hpp>
#include <otp/metric_reading.hpp>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <variant>
#include <vector>

namespace otp::detail {

class counter_cell {
 public:
  void add(double) noexcept { count_.fetch_add(1, std::memory_order_relaxed); }
  std::optional<metric_value> read() const { return count_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> count_{0};
};

class sum_cell {
 public:
  void add(double value) noexcept { sum_.fetch_add(value, std::memory_order_relaxed); }
  std::optional<metric_value> read() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> sum_{0};
};

// Samples are finite, so a NaN says that there is none yet; here and in a summary.
inline constexpr double no_sample = std::numeric_limits<double>::quiet_NaN();

class last_value_cell {
 public:
  void add(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
  std::optional<metric_value> read() const {
    const double value = value_.load(std::memory_order_relaxed);
    if (std::isnan(value)) return std::nullopt;
    return value;
  }

 private:
  std::atomic<double> value_{no_sample};
};

// The newest samples stand in a ring; each writer takes the next place in it.
class summary_cell {
 public:
  explicit summary_cell(std::size_t window) : ring_(window) {
    for (auto& each : ring_) each.store(no_sample, std::memory_order_relaxed);
  }

  void add(double value) noexcept {
    const auto place = count_.fetch_add(1, std::memory_order_relaxed) % ring_.size();
    ring_[place].store(value, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  std::optional<metric_value> read() const;

 private:
  std::atomic<std::uint64_t> count_{0};
  std::atomic<double> sum_{0};
  std::vector<std::atomic<double>> ring_;
};

class distribution_cell {
 public:
  /// `bounds` must outlive the cell.
  explicit distribution_cell(const std::vector<double>& bounds)
      : bounds_{&bounds}, counts_(bounds.size() + 1) {}

  void add(double value) noexcept {
    // The first bound that is not less: bounds are inclusive.
    const auto at = std::lower_bound(bounds_->begin(), bounds_->end(), value) - bounds_->begin();
    counts_[static_cast<std::size_t>(at)].fetch_add(1, std::memory_order_relaxed);
    sum_.fetch_add(value, std::memory_order_relaxed);
  }

  std::optional<metric_value> read() const;

 private:
  const std::vector<double>* bounds_;
  std::vector<std::atomic<std::uint64_t>> counts_;
  std::atomic<double> sum_{0};
};

/// The cell of a metric's kind.
class metric_cell {
 public:
  /// `of` must outlive the cell.
  explicit metric_cell(const metric& of);
  metric_cell(const metric_cell&) = delete;
  metric_cell& operator=(const metric_cell&) = delete;

  /// Takes a sample, which is finite. Any thread.
  void add(double value) noexcept {
    std::visit([value](auto& cell) { cell.add(value); }, cell_);
  }

  /// What it shows; nothing if it is a last value without a sample. Any thread.
  std::optional<metric_value> read() const {
    return std::visit([](const auto& cell) { return cell.read(); }, cell_);
  }

 private:
  std::variant<counter_cell, sum_cell, last_value_cell, summary_cell, distribution_cell> cell_;
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/metric_cells_impl.hpp>
#endif
