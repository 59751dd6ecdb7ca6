// What nobody has needed for a while goes back to the operating system: the blocks and slots of a
// crowd of processes that has gone. (Stacks are a runtime's own: stack_pool.hpp.)
#pragma once

#include <otp/config.hpp>

#include <chrono>
#include <optional>

namespace otp::detail {

/// The stores of the whole program: block_depot and process_arena. Thread-safe.
class unused_memory {
 public:
  /// How long until the stores should be looked at; nothing: they have not changed since the last look.
  static std::optional<std::chrono::nanoseconds> due();

  /// Looks at the stores if that is due, and gives back what was not touched since the last look. May
  /// take milliseconds: for a thread that has nothing to do.
  static void give_back_if_due();
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/unused_memory_impl.hpp>
#endif
