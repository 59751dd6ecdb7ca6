// Memory for the stacks of waiting processes: reserved in large chunks, guarded against overflow,
// reused hot, and given back to the operating system when a crowd of waiting processes has gone.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/low_water_mark.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <vector>

namespace otp::detail {

/// One stack of a `stack_pool`: `size` bytes that end at `top`, growing down. The guard lies below
/// them.
struct pooled_stack {
  std::byte* top = nullptr;
  std::size_t size = 0;
  std::uint32_t chunk = 0;  // which chunk of its pool
  unsigned id = 0;          // Valgrind's name for it
  bool canary = false;      // guarded by a word in its last bytes instead of by a page

  std::byte* bottom() const noexcept { return top - size; }
};

/// How the stacks of a pool are guarded. `automatic` takes the best that is available: a guard that
/// costs no mapping (Linux 6.13), else a protected page while the kernel's map limit allows it,
/// else a canary word.
enum class stack_guard : std::uint8_t { automatic, protected_page, canary };

struct stack_pool_options {
  std::size_t stack_size = 256 * 1024;  // bytes that a stack offers, rounded up to pages
  std::size_t hot = 64;                 // how many free stacks keep their memory for good
  stack_guard guard = stack_guard::automatic;
};

/// Hands out stacks of one size. Thread-safe.
///
/// Memory is unmapped only by the destructor, and only in chunks of which every stack was given
/// back: a stack that its owner abandons (never deallocates) stays valid for the rest of the
/// program, also after the pool is gone.
class stack_pool {
 public:
  explicit stack_pool(std::size_t stack_size)
      : stack_pool(stack_pool_options{.stack_size = stack_size}) {}

  explicit stack_pool(const stack_pool_options& options);

  stack_pool(const stack_pool&) = delete;
  stack_pool& operator=(const stack_pool&) = delete;

  ~stack_pool();

  /// Returns a stack. Throws `std::bad_alloc` when the system gives no more address space.
  pooled_stack allocate();

  /// Takes a stack back, from any thread. Ends the program when its canary says that it overflowed:
  /// what lies below it is already damaged.
  void deallocate(const pooled_stack& stack) noexcept;

  /// Gives the memory of free stacks that nobody has needed since the last call back to the system,
  /// but for the `hot` last ones. They can be had as before. May take milliseconds, in which nobody
  /// is kept waiting.
  void give_back();

  /// Whether there is, or soon may be, something to give back.
  bool has_unused() const {
    const std::scoped_lock lock(mutex_);
    return hot_.size() > hot_limit_;
  }

  /// Ends the program with a message when the canary of `stack` is damaged. Stacks with a guard
  /// page need no check.
  void check(const pooled_stack& stack) const noexcept;

  /// Bytes that each stack offers.
  std::size_t stack_size() const noexcept { return size_; }

  /// Stacks handed out and not given back, abandoned ones included.
  std::size_t in_use() const {
    const std::scoped_lock lock(mutex_);
    return in_use_;
  }

  /// Free stacks that still hold their memory.
  std::size_t hot() const {
    const std::scoped_lock lock(mutex_);
    return hot_.size();
  }

 private:
  struct chunk {
    std::byte* begin;
    std::size_t bytes;
    std::size_t in_use;
    std::size_t page_guards;
  };

  static constexpr std::size_t chunk_bytes = std::size_t{64} << 20;

  // The kernel's map limit is one for the whole process, and so is the count of the guards that use
  // it up.
  static std::atomic<std::size_t>& page_guards() noexcept;

  // Each protected page splits its mapping in two, so a quarter of the limit leaves half of it to
  // everybody else.
  static std::size_t page_guard_limit() noexcept;

  static std::size_t page_size() noexcept;

  static std::size_t round_up(std::size_t n, std::size_t to) noexcept {
    return (n + to - 1) / to * to;
  }

  // Takes a stack that was never used. Called with the lock held.
  pooled_stack carve();

  void map_chunk(std::size_t slot);

  // Returns whether the page at `page` now stops an overflow.
  bool install_guard(std::byte* page, chunk& c) const noexcept;

  void give_back(std::vector<pooled_stack>& stacks) const noexcept;

  static std::uintptr_t& canary_word(const pooled_stack& stack) noexcept {
    return *reinterpret_cast<std::uintptr_t*>(stack.bottom());
  }

  static std::uintptr_t canary_value(const pooled_stack& stack) noexcept {
    return reinterpret_cast<std::uintptr_t>(stack.top) ^
           static_cast<std::uintptr_t>(0x5ca1ab1e0ddba115u);
  }

  const std::size_t page_;
  const std::size_t size_;
  const std::size_t hot_limit_;
  const stack_guard guard_;

  mutable std::mutex mutex_;
  std::vector<pooled_stack> hot_;   // free, memory kept; last in, first out
  low_water_mark untouched_;        // of them
  std::vector<pooled_stack> cold_;  // free, memory given back
  std::vector<chunk> chunks_;
  std::byte* next_ = nullptr;  // what is left of the newest chunk
  std::byte* end_ = nullptr;
  std::size_t stacks_ = 0;
  std::size_t in_use_ = 0;
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/stack_pool_impl.hpp>
#endif
