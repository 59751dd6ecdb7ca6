// What plain threads and other runtimes send to the processes of a lone worker, which is the only one
// who touches their mailboxes: it waits here until that worker opens it.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <optional>
#include <vector>

namespace otp::detail {

class process;
struct envelope;

class outside_mail {
 public:
  struct item {
    process* to;
    envelope* what;
    bool is_signal;  ///< It was given to deliver_signal.
  };

  /// Any thread. Fails with std::bad_alloc, and then nothing has happened.
  void put(const item& one) {
    const std::lock_guard lock{mutex_};
    arrived_.push_back(one);
    empty_.store(false, std::memory_order_relaxed);
  }

  /// A look without the lock: who misses an item gets it at the next look, or is woken for it.
  bool empty() const noexcept { return empty_.load(std::memory_order_relaxed); }

  /// What has come until now is what `next` gives, unless some of what came before is left. This and
  /// `next` by one thread; both may be called while an item is being delivered.
  void open() noexcept {
    if (next_ != opened_.size()) return;
    if (opened_.capacity() > most_kept) {
      opened_ = {};
    } else {
      opened_.clear();
    }
    next_ = 0;
    const std::lock_guard lock{mutex_};
    opened_.swap(arrived_);
    if (opened_.empty()) empty_.store(true, std::memory_order_relaxed);
  }

  /// The oldest of what was opened, if there is one.
  std::optional<item> next() noexcept {
    if (next_ == opened_.size()) return std::nullopt;
    return opened_[next_++];
  }

 private:
  static constexpr std::size_t most_kept = 1024;  // of the room that a flood has needed

  std::vector<item> opened_;
  std::size_t next_ = 0;  // in opened_
  std::mutex mutex_;
  std::atomic<bool> empty_{true};
  std::vector<item> arrived_;
};

}  // namespace otp::detail
