// A fence of two unequal halves. Two threads that each write one thing and then read the other's need a
// full fence between the two, on both sides, or both may read what was before. Where one of them does it
// all the time and the other once a millisecond, the kernel can have the first one fence when the
// second one asks for it (membarrier(2), Linux 4.14), and the first pays nothing.
#pragma once

#include <otp/config.hpp>

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>

namespace otp::detail {

class asymmetric_fence {
 public:
  /// `used`: else there is nothing to prepare, and both are full fences.
  explicit asymmetric_fence(bool used) noexcept
      : served_{used &&
                ::syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) == 0} {}

  /// Between a write and a read, by who does it often.
  void light() const noexcept {
    if (served_) {
      std::atomic_signal_fence(std::memory_order_seq_cst);  // the compiler keeps their order
    } else {
      std::atomic_thread_fence(std::memory_order_seq_cst);
    }
  }

  /// Between a write and a read, by who does it seldom: a system call that interrupts the processors
  /// on which other threads of this program run. False: the kernel does not serve it any more, and there
  /// was no fence.
  bool heavy() const noexcept {
    if (served_) return ::syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0;
    std::atomic_thread_fence(std::memory_order_seq_cst);
    return true;
  }

 private:
  // Registered for the whole program, as often as one likes. Some kernels and sandboxes do not serve it.
  const bool served_;
};

}  // namespace otp::detail
