// What the workers of one runtime share. Its memory is freed only after every process is gone, no
// plain thread holds a runtime_guard, and the injector's mutex was taken once more, so that a plain
// thread in the middle of a call or of a push is safe.
#pragma once

#include <otp/detail/life_count.hpp>
#include <otp/detail/look_interval.hpp>
#include <otp/detail/name_table.hpp>
#include <otp/detail/process.hpp>
#include <otp/detail/process_arena.hpp>
#include <otp/detail/run_queue.hpp>
#include <otp/detail/stack_pool.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

namespace otp::detail {

class worker;
struct runtime_services;

/// The outside world of a runtime, when it is not the real one: time, chance and order. A
/// simulation implements it; everything that reads a clock or picks an order asks here.
class environment {
 public:
  environment() = default;
  environment(const environment&) = delete;
  environment& operator=(const environment&) = delete;
  virtual ~environment() = default;

  virtual std::int64_t now() = 0;  ///< Nanoseconds, monotonic.
  virtual std::uint64_t random() = 0;
  virtual void enqueue(process&) = 0;  ///< It is runnable from now on.
  virtual process* pick() = 0;         ///< The next to run in this slice, or null.
  /// Lets something happen, or time pass until `limit`; false: nothing ever will.
  virtual bool drive(std::int64_t limit) = 0;
};

class runtime_core : public std::enable_shared_from_this<runtime_core> {
 public:
  runtime_core(std::size_t stack_size, environment* replacement);
  runtime_core(const runtime_core&) = delete;
  runtime_core& operator=(const runtime_core&) = delete;
  ~runtime_core();

  std::int64_t now() const {
    if (outside != nullptr) return outside->now();
    return std::chrono::duration_cast<std::chrono::nanoseconds>(
               std::chrono::steady_clock::now().time_since_epoch())
        .count();
  }

  std::uint64_t random();

  /// Serials are handed out in blocks, so that workers rarely meet here.
  std::uint64_t serial_block(std::uint64_t size) {
    return incarnation_ << 48 | next_serial_.fetch_add(size, std::memory_order_relaxed);
  }

  /// Processes whose slot is not free yet. After 0 all that they did is seen, and none is there unless
  /// a plain thread has started one.
  std::int64_t live() const noexcept;

  /// Whether a serial is of this runtime.
  bool gave_out(std::uint64_t serial) const noexcept { return serial >> 48 == incarnation_; }

  std::uint64_t next_reference() { return next_reference_.fetch_add(1, std::memory_order_relaxed); }

  void warn(std::string_view text) {
    if (on_warning != nullptr) on_warning(*this, text);
  }

  stack_pool stacks;
  look_interval looks_at_stacks;
  environment* const outside;
  name_table names;
  std::vector<std::unique_ptr<worker>> workers;

  std::atomic<unsigned> parked{0};    ///< Workers that sleep.
  std::atomic<bool> watched{false};   ///< A parked worker looks for work that got stuck.
  std::atomic<bool> stopping{false};  ///< Workers leave their loops.

  // Runnable processes from plain threads, and what does not fit a ring. They come into `injector`,
  // and all of it at once moves to `to_take`: to take many is to walk through memory that others have
  // written, and who adds one shall not wait for that. Who holds taking_mutex may take the other.
  alignas(64) std::mutex injector_mutex;
  process_fifo injector;
  alignas(64) std::mutex taking_mutex;
  process_fifo to_take;
  alignas(64) std::atomic<std::uint32_t> injected{0};  ///< In both.

  /// There is one worker, with a thread of its own: it alone touches the mailboxes of its processes.
  bool is_lone = false;

  // Slots and serials for plain threads.
  std::mutex outsiders_mutex;
  std::vector<std::uint32_t> outsider_slots;
  life_count outsider_lives;

  unsigned guards = 0;  ///< Plain threads inside: see runtime_guard.hpp, whose mutex guards it.

  std::mutex circles_mutex;  ///< Held by who leaves a circle of calls.

  /// Told of each process that ended by its own failure; runs in the dying process.
  void (*on_crash)(process&, const exit_reason&) = nullptr;
  /// Told what only the operator can mend: abandoned stacks, messages that nobody handles.
  void (*on_warning)(runtime_core&, std::string_view) = nullptr;
  /// The log and the telemetry table.
  std::shared_ptr<runtime_services> services;
  /// Threads for blocking work, made at the first use.
  std::mutex services_mutex;
  std::shared_ptr<void> blocking_pool;

 private:
  static std::uint64_t next_incarnation();

  const std::uint64_t incarnation_;
  std::atomic<std::uint64_t> next_serial_{1};
  std::atomic<std::uint64_t> next_reference_{1};
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/runtime_core_impl.hpp>
#endif
