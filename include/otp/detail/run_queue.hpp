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

/// One owner pushes; the owner and thieves take the oldest. Each is taken once, and tail_ is never
/// behind head_: tests/models/run_queue.pml.
class stealable_ring {
 public:
  static constexpr std::uint32_t capacity = 256;

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

  /// The oldest, or null. Any thread.
  process* take() noexcept {
    // step: ring.take.head: acquire: the tail we read next is not older than this head: so it is
    // not behind it, and there is an entry when they differ.
    auto head = head_.load(std::memory_order_acquire);
    for (;;) {
      // step: ring.take.tail: acquire: the entry, and the process in it.
      if (head == tail_.load(std::memory_order_acquire)) return nullptr;
      // step: ring.take.entry: read before the claim: after it the owner may overwrite the entry.
      // If somebody else was faster, head_ has moved and the claim fails.
      auto* const p = entries_[head % capacity].load(std::memory_order_relaxed);
      // step: ring.take.claim: release carries on the tail that we saw, as ring.take.head needs it.
      if (head_.compare_exchange_weak(head, head + 1, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        return p;
      }
    }
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

  /// The older half, at least one, into the front of `taken`; how many there were. Any thread.
  std::uint32_t take_half(std::array<process*, capacity / 2>& taken) noexcept {
    // The steps are those of take: one claim is for all of them.
    auto head = head_.load(std::memory_order_acquire);
    for (;;) {
      const auto queued = tail_.load(std::memory_order_acquire) - head;
      // A head that is behind shows more than there can be: then the claim fails.
      const auto count = std::min((queued + 1) / 2, capacity / 2);
      for (std::uint32_t i = 0; i < count; ++i) {
        taken[i] = entries_[(head + i) % capacity].load(std::memory_order_relaxed);
      }
      if (count == 0 ||
          head_.compare_exchange_weak(head, head + count, std::memory_order_acq_rel,
                                      std::memory_order_acquire)) {
        return count;
      }
    }
  }

  /// About so many, seen from other threads. The head first: the tail is never behind it then.
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
