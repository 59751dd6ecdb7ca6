// A plain thread inside a runtime that others may be ending.
#pragma once

#include <otp/config.hpp>

#include <cstdint>

namespace otp::detail {

class runtime_core;

/// Keeps a runtime from ending while a plain thread acts in it. A process keeps its own runtime by
/// being there, and so does who has entered one; but who only knows a pid does not know whether the
/// runtime of that process is still there.
class runtime_guard {
 public:
  /// The runtime that has given out `serial`, if it has not ended.
  explicit runtime_guard(std::uint64_t serial);
  runtime_guard(const runtime_guard&) = delete;
  runtime_guard& operator=(const runtime_guard&) = delete;
  ~runtime_guard();

  /// Null: it has ended.
  runtime_core* core() const noexcept { return core_; }

 private:
  runtime_core* core_;
};

/// From here on runtime_guard finds this runtime.
void open_to_guards(runtime_core& core);

/// From here on it does not, and nobody is inside any more. Its processes have ended, so that nobody
/// waits for one there. May be said again.
void close_to_guards(runtime_core& core);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/runtime_guard_impl.hpp>
#endif
