// Waiting on a plain thread: the thread borrows a process slot for the time of one call, so that
// replies come to it like to any process, and a late one meets a slot that is not its any more.
#pragma once

#include <otp/detail/context.hpp>

#include <cstdint>
#include <string>

namespace otp::detail {

struct parking_place;

class external_caller {
 public:
  explicit external_caller(runtime_core& core);
  external_caller(const external_caller&) = delete;
  external_caller& operator=(const external_caller&) = delete;

  ~external_caller();

  process& self() noexcept { return process_; }

  /// Blocks the thread until `w` is ready or its timeout has passed.
  void wait(wait_record& w);

 private:
  void take_all();

  /// Returns when the RUN bit is ours: whoever set it has left `schedule`, or we set it.
  void await_notice(parking_place& place, const wait_record& w, std::int64_t start);

  bool is_notified(parking_place& place) const;

  runtime_core& core_;
  process& process_;
};

/// Sends the exit signal `kill` to all processes of a runtime that were not sent it before.
void kill_everyone(runtime_core& core);

/// The process of a runtime whose pid prints with this number, or nobody.
pid find_by_count(runtime_core& core, std::uint64_t count);

/// The first few processes of a runtime, for people.
std::string describe_everyone(runtime_core& core);

/// The terminate handler's question: a process whose stack cannot be unwound is switched away from.
void abandon_if_unwinding() noexcept;

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/external_wait_impl.hpp>
#endif
