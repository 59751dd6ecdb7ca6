// The series of one metric, found by their tags without a lock.
//
// An open-addressed table of pointers, twice as large as the limit allows series. Pointers are only
// ever added, by one writer at a time; a reader that meets an empty place knows that what it looks
// for was not there when it began.
#pragma once

#include <otp/detail/metric_cells.hpp>
#include <otp/metric.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace otp::detail {

/// Thread safety: every member may be called from any thread.
class series_table {
 public:
  /// `of`, which has tags, must outlive the table.
  explicit series_table(const metric& of);

  struct found {
    metric_cell& cell;
    bool overflows_now;  ///< The first time that there was no room for a new series.
  };
  /// The cell of the series with this key (see tag_key); the overflow series' when there is no room.
  found at(std::string_view key);

  /// All series, in the order of their tags.
  std::vector<metric_series> read() const;

 private:
  struct entry {
    entry(std::size_t hash_of_key, std::string_view text, const metric& of)
        : hash{hash_of_key}, key{text}, cell{of} {}
    std::size_t hash;
    std::string key;
    metric_cell cell;
  };

  static std::size_t hash_of(std::string_view key) noexcept {
    return std::hash<std::string_view>{}(key);
  }
  entry* find(std::string_view key, std::size_t hash) const noexcept;
  found add(std::string_view key, std::size_t hash);
  entry& insert(std::string_view key, std::size_t hash);

  const metric& metric_;
  std::string overflow_key_;
  std::atomic<entry*> overflow_{nullptr};  // null while there is room
  std::vector<std::atomic<entry*>> places_;
  mutable std::mutex mutex_;  // of the entries, and of who adds one
  std::vector<std::unique_ptr<entry>> entries_;
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/series_table_impl.hpp>
#endif
