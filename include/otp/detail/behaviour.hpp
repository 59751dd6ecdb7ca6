// What runs inside a process: a body that receives, or a server that handles one message at a time.
#pragma once

#include <otp/detail/this_thread.hpp>
#include <otp/detail/type_name.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace otp::detail {

struct envelope;
class process;

enum class next_step : bool { end, await_message };

/// Created by the spawner, run and destroyed by the process. All functions may wait.
class behaviour {
 public:
  /// `serves`: the tag of the server class whose requests it understands; null for none.
  explicit behaviour(type_id serves = nullptr) noexcept : serves_{serves} {}
  behaviour(const behaviour&) = delete;
  behaviour& operator=(const behaviour&) = delete;
  virtual ~behaviour() = default;

  /// The first thing that runs. `end`: the process ends with `process::end`.
  virtual next_step start(process&) = 0;
  /// Handles one message or request and disposes of it.
  virtual next_step handle(process&, envelope&) = 0;
  /// An exception left start or handle; sets the reason that the process ends with.
  virtual void failed(process&, const exit_reason&) = 0;
  /// Somebody asks the process to stop (G-072); `process::end` is set.
  virtual next_step stop(process&) { return next_step::end; }
  /// The state, for people; empty when it cannot be formatted.
  virtual std::string describe() const { return {}; }
  /// What kind of process this is, for crash reports and the observer.
  virtual std::string_view kind() const noexcept = 0;

  /// The size of the object.
  virtual std::size_t bytes() const noexcept = 0;
  /// Messages that have been looked at and wait until the process goes on, the oldest first.
  virtual const envelope* put_aside() const noexcept { return nullptr; }

  type_id serves() const noexcept { return serves_; }

  // Not inlined: g++ takes what it sees inside for a mismatch of new and free.
  OTP_NOINLINE static void* operator new(std::size_t size) { return allocate_block(size); }
  OTP_NOINLINE static void operator delete(void* memory, std::size_t size) noexcept {
    deallocate_block(memory, size);
  }

 private:
  type_id serves_;
};

}  // namespace otp::detail
