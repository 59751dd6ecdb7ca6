// The queues of runnable processes: a fixed ring that other workers may steal from, an intrusive
// FIFO for one thread, and a stack that any thread may push to.
#pragma once

#include <otp/detail/process.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace otp::detail {

/// First in, first out, linked through process::queue_next. Not thread-safe.
class process_fifo {
 public:
  bool empty() const noexcept { return first_ == nullptr; }
  std::size_t size() const noexcept { return size_; }

  void push(process& p) noexcept {
    p.queue_next = nullptr;
    (first_ == nullptr ? first_ : last_->queue_next) = &p;
    last_ = &p;
    ++size_;
  }

  process* pop() noexcept {
    auto* const p = first_;
    if (p == nullptr) return nullptr;
    first_ = p->queue_next;
    --size_;
    return p;
  }

  /// Moves everything to the end of `queue`.
  void move_to(process_fifo& queue) noexcept {
    if (empty()) return;
    (queue.first_ == nullptr ? queue.first_ : queue.last_->queue_next) = first_;
    queue.last_ = last_;
    queue.size_ += size_;
    first_ = nullptr;
    size_ = 0;
  }

 private:
  process* first_ = nullptr;
  process* last_ = nullptr;
  std::size_t size_ = 0;
};

/// Any thread pushes, one thread takes all. Each is taken once: tests/models/inbox.pml.
class process_inbox {
 public:
  void push(process& p) noexcept {
    auto* head = head_.load(std::memory_order_relaxed);
    do {
      p.queue_next = head;  // step: inbox.push.link
      // step: inbox.push.cas: release: the taker sees the process as its scheduler left it.
    } while (!head_.compare_exchange_weak(head, &p, std::memory_order_release,
                                          std::memory_order_relaxed));
  }

  bool empty() const noexcept { return head_.load(std::memory_order_relaxed) == nullptr; }

  /// Moves everything, oldest first, to the end of `queue`.
  void drain_to(process_fifo& queue) noexcept {
    if (empty()) return;
    // step: inbox.drain.exchange: acquire: all that was pushed, with its links.
    auto* newest = head_.exchange(nullptr, std::memory_order_acquire);
    process* oldest = nullptr;
    while (newest != nullptr) {
      auto* const next = newest->queue_next;
      newest->queue_next = oldest;
      oldest = newest;
      newest = next;
    }
    while (oldest != nullptr) {
      auto* const next = oldest->queue_next;
      queue.push(*oldest);
      oldest = next;
    }
  }

 private:
  std::atomic<process*> head_{nullptr};
};

/// One owner pushes, and takes the oldest or the newest; thieves take some of the oldest. Each is
/// taken once: tests/models/run_queue.pml.
class stealable_ring {
 public:
  static constexpr std::uint32_t capacity = 256;
  static constexpr std::uint32_t most_stolen = 32;  ///< At once.

  /// Where there are no thieves no instruction has to be one that others see as a whole.
  explicit stealable_ring(bool has_thieves = true) noexcept : has_thieves_{has_thieves} {}

  /// False when full. Owner only.
  bool push(process& p) noexcept {
    const auto tail = tail_.load(std::memory_order_relaxed);
    // step: ring.push.full: acquire: who moved head_ has read the entry that we overwrite.
    if (tail - head_.load(std::memory_order_acquire) >= capacity) return false;
    entries_[tail % capacity].store(&p, std::memory_order_relaxed);  // step: ring.push.entry
    // step: ring.push.tail: release publishes the entry and the process.
    tail_.store(tail + 1, std::memory_order_release);
    return true;
  }

  /// The oldest, or null. Owner only.
  process* take() noexcept {
    auto head = head_.load(std::memory_order_relaxed);
    for (;;) {
      if (head == tail_.load(std::memory_order_relaxed)) return nullptr;
      auto* const p = entries_[head % capacity].load(std::memory_order_relaxed);
      if (!has_thieves_) {
        head_.store(head + 1, std::memory_order_relaxed);
        return p;
      }
      // step: ring.take.claim: nothing is published or acquired: the entry is our own.
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_relaxed)) return p;
    }
  }

  /// The newest; null when only so many are left that a thief may be claiming all of them: take gives
  /// those. Owner only.
  process* take_newest() noexcept {
    const auto tail = tail_.load(std::memory_order_relaxed);
    const auto newest = tail - 1;
    if (tail - head_.load(std::memory_order_relaxed) <= most_stolen) return nullptr;
    auto* const p = entries_[newest % capacity].load(std::memory_order_relaxed);
    // step: ring.newest.tail: release: who reads this one has to see the entries before it, too.
    tail_.store(newest, std::memory_order_release);
    if (!has_thieves_) return p;
    // step: ring.newest.fence: either we see the claims of other thieves, or the next thief sees that
    // the newest is gone. ring.steal.fence is the counterpart.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    // step: ring.newest.head: a claim that begins where we see the head does not reach the newest.
    const auto left = newest - head_.load(std::memory_order_relaxed);
    if (left >= most_stolen && left < capacity) return p;
    // step: ring.newest.restore: release as in push.
    tail_.store(tail, std::memory_order_release);
    return nullptr;
  }

  /// Asks for the cache lines of the process that is two turns away: those who wait here were not used
  /// lately. A hint: whoever it is may be gone, and his slot is only an address to us.
  void look_ahead() const noexcept {
    const auto at = head_.load(std::memory_order_relaxed) + 1;
    if (at - tail_.load(std::memory_order_relaxed) < capacity) return;  // it is not before the tail
    const auto* const p =
        reinterpret_cast<const char*>(entries_[at % capacity].load(std::memory_order_relaxed));
    for (std::size_t line = 0; line < sizeof(process); line += 64) __builtin_prefetch(p + line);
  }

  /// The older half, at least one and at most `most_stolen`, into the front of `taken`; how many there
  /// were. Any thread but the owner's.
  std::uint32_t steal_half(std::array<process*, most_stolen>& taken) noexcept {
    auto head = head_.load(std::memory_order_relaxed);
    for (;;) {
      // step: ring.steal.fence: see ring.newest.fence.
      std::atomic_thread_fence(std::memory_order_seq_cst);
      // step: ring.steal.tail: acquire: the entries, and the processes in them.
      const auto queued = tail_.load(std::memory_order_acquire) - head;
      // A tail that is behind the head is an old one, or the owner's who, about to take the newest,
      // finds that it is gone.
      if (queued == 0 || queued > capacity) return 0;
      const auto count = std::min((queued + 1) / 2, most_stolen);
      // step: ring.steal.entry: read before the claim: after it the owner may overwrite the entries.
      // If somebody else was faster, head_ has moved and the claim fails.
      for (std::uint32_t i = 0; i < count; ++i) {
        taken[i] = entries_[(head + i) % capacity].load(std::memory_order_relaxed);
      }
      // step: ring.steal.claim: release: the entries were read before, see ring.push.full.
      if (head_.compare_exchange_weak(head, head + count, std::memory_order_release,
                                      std::memory_order_relaxed)) {
        return count;
      }
    }
  }

  /// About so many, seen from other threads.
  std::uint32_t size() const noexcept {
    const auto head = head_.load(std::memory_order_acquire);
    const auto queued = tail_.load(std::memory_order_acquire) - head;
    return queued > capacity ? 0 : queued;  // see steal_half
  }

 private:
  const bool has_thieves_;
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
  std::array<std::atomic<process*>, capacity> entries_{};
};

}  // namespace otp::detail
