// In which order the results of a stream of tasks are given out. Knows nothing of tasks.
#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <utility>

namespace otp::detail {

/// Results come in as they are ready, each with the position of its input, and go out in the order of
/// the inputs (T-031), or as they came (T-032).
template <class Result>
class stream_order {
 public:
  explicit stream_order(bool ordered) noexcept : ordered_{ordered} {}

  void add(std::size_t position, Result ready) {
    waiting_.emplace(ordered_ ? position : added_++, std::move(ready));
  }

  /// The next to give out, if it is there.
  std::optional<Result> take() {
    if (waiting_.empty() || waiting_.begin()->first != given_) return std::nullopt;
    ++given_;
    return std::move(waiting_.extract(waiting_.begin()).mapped());
  }

 private:
  bool ordered_;
  std::size_t added_ = 0;
  std::size_t given_ = 0;
  std::map<std::size_t, Result> waiting_;
};

}  // namespace otp::detail
