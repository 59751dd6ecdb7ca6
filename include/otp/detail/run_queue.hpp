// The queues of runnable processes: a fixed ring that other workers may steal from, an intrusive
// FIFO for one thread, and a stack that any thread may push to.
#pragma once

#include <otp/detail/process.hpp>

#include <array>
#include <atomic>
#include <cstdint>

namespace otp::detail {

/// First in, first out, linked through process::queue_next. Not thread-safe.
class process_fifo {
 public:
  bool empty() const noexcept { return first_ == nullptr; }

  void push(process& p) noexcept {
    p.queue_next = nullptr;
    (first_ == nullptr ? first_ : last_->queue_next) = &p;
    last_ = &p;
  }

  process* pop() noexcept {
    auto* const p = first_;
    if (p != nullptr) first_ = p->queue_next;
    return p;
  }

 private:
  process* first_ = nullptr;
  process* last_ = nullptr;
};

/// Any thread pushes, one thread takes all.
class process_inbox {
 public:
  void push(process& p) noexcept {
    auto* head = head_.load(std::memory_order_relaxed);
    do {
      p.queue_next = head;
      // release: the taker sees the process as its scheduler left it.
    } while (!head_.compare_exchange_weak(head, &p, std::memory_order_release,
                                          std::memory_order_relaxed));
  }

  bool empty() const noexcept { return head_.load(std::memory_order_relaxed) == nullptr; }

  /// Moves everything, oldest first, to the end of `queue`.
  void drain_to(process_fifo& queue) noexcept {
    if (empty()) return;
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

/// One owner pushes; the owner and thieves take the oldest.
class stealable_ring {
 public:
  static constexpr std::uint32_t capacity = 256;

  /// False when full. Owner only.
  bool push(process& p) noexcept {
    const auto tail = tail_.load(std::memory_order_relaxed);
    if (tail - head_.load(std::memory_order_acquire) >= capacity) return false;
    entries_[tail % capacity].store(&p, std::memory_order_relaxed);
    tail_.store(tail + 1, std::memory_order_release);  // publishes the entry and the process
    return true;
  }

  /// The oldest, or null. Any thread.
  process* take() noexcept {
    auto head = head_.load(std::memory_order_acquire);
    for (;;) {
      if (head == tail_.load(std::memory_order_acquire)) return nullptr;
      // Read before the claim: after it the owner may overwrite the entry. If somebody else was
      // faster, head_ has moved and the claim fails.
      auto* const p = entries_[head % capacity].load(std::memory_order_relaxed);
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        return p;
      }
    }
  }

  std::uint32_t size() const noexcept {
    const auto head = head_.load(std::memory_order_acquire);
    return tail_.load(std::memory_order_acquire) - head;
  }

 private:
  alignas(64) std::atomic<std::uint32_t> head_{0};
  alignas(64) std::atomic<std::uint32_t> tail_{0};
  std::array<std::atomic<process*>, capacity> entries_{};
};

}  // namespace otp::detail
