// Killing a process that waits: its stack is unwound by force, as thread cancellation does it, and
// abandoned where unwinding cannot pass. Everything that depends on the C++ runtime is here
// and in forced_unwind_impl.hpp.
//
// A kill is not a throw. A loop `for (;;) try { receive... } catch (...) { log(); }` would swallow
// a thrown kill for ever, and a throw under `noexcept` would end the program. The unwinder's forced
// unwind cannot be caught by type; a catch-all handler that ends without rethrowing hands it to the
// cleanup hook, which raises it again; and the terminate handler knows that the frames it was
// called for belong to a dying process, and switches away from them.
#pragma once

#include <otp/config.hpp>

#include <unwind.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <memory>
#include <utility>

namespace otp::detail {

/// How the code above a base frame ended.
enum class run_end : std::uint8_t {
  returned,   ///< It returned.
  exception,  ///< An exception left it.
  unwound,    ///< It was killed: unwound by force, or ended on its own after it replaced the kill.
};

/// The control block of one kill: a pointer, until it is raised. It lives in the process, outside the
/// stack that is unwound. Used by one thread at a time.
class forced_unwind {
 public:
  forced_unwind() noexcept = default;
  forced_unwind(const forced_unwind&) = delete;
  forced_unwind& operator=(const forced_unwind&) = delete;
  ~forced_unwind() = default;

  /// Unwinds the calling stack to its `run_at_base`, which must be given this same control block.
  /// Guards see std::uncaught_exceptions() == 1 and std::current_exception() == nullptr on the way.
  ///
  /// May be called again by code that waits although it is being killed: in a catch-all handler, or
  /// after a handler replaced the kill by an exception that was then caught. When it was called
  /// `max_raises` times it calls std::terminate instead; so does the C++ runtime when it cannot
  /// unwind further. See `install_abandon_handler` for both. Without memory for the first raise it
  /// throws std::bad_alloc, which leaves the process as well.
  [[noreturn]] void raise();

  /// Whether this is raised and neither the base was reached nor the stack abandoned: the running
  /// code belongs to a process that is being killed.
  bool active() const noexcept { return raised_ != nullptr && raised_->now != phase::idle; }

  /// Whether another `raise` would unwind rather than terminate.
  bool can_raise() const noexcept { return raised_ == nullptr || raised_->times < max_raises; }

  /// To be called by who abandons the stack. The exceptions that were being handled on it stay
  /// alive, like everything that its frames refer to, and are not reported as leaked.
  void abandoned() noexcept;

  /// A process that catches its kill as another exception, again and again, gets this many tries.
  static constexpr std::uint8_t max_raises = 16;

 private:
  template <class Body>
  friend run_end run_at_base(forced_unwind& control, Body&& body, std::exception_ptr& error);

  enum class phase : std::uint8_t {
    idle,
    unwinding,
    diverted,  // a catch-all handler threw something else, which goes on in the place of the kill
  };

  // The exceptions whose handlers were running when the kill was raised.
  struct detached {
    void* chain;
    detached* next;
  };

  // What the unwinder works with. From the first raise until the base is reached or the stack
  // abandoned.
  struct raised : _Unwind_Exception {
    raised() noexcept : _Unwind_Exception() {}

    detached* kept_aside = nullptr;  // the latest first
    std::uint8_t times = 0;
    phase now = phase::idle;

    void detach() noexcept;
    [[noreturn]] void unwind();
  };

  static void on_cleanup(_Unwind_Reason_Code reason, _Unwind_Exception* self);
  static _Unwind_Reason_Code on_frame(int version, _Unwind_Action actions,
                                      _Unwind_Exception_Class type, _Unwind_Exception* self,
                                      _Unwind_Context* context, void* argument);

  void reach_base() noexcept { raised_->now = phase::idle; }
  void destroy_detached() noexcept;

  std::unique_ptr<raised> raised_;
};

/// Runs `body()` above the frame at which a kill stops, on a fiber that handles no exception.
///
/// An exception that leaves `body` is stored in `error`. After a kill the exception state is clean,
/// and the exceptions that were being handled by `body` have been destroyed. Costs nothing as long
/// as nothing is thrown.
template <class Body>
run_end run_at_base(forced_unwind& control, Body&& body, std::exception_ptr& error) {
  run_end end = run_end::returned;
  try {
    std::forward<Body>(body)();
    if (!control.active()) return end;
    control.reach_base();
  } catch (...) {
    if (!control.active()) {
      error = std::current_exception();
      return run_end::exception;
    }
    control.reach_base();  // so that the end of this handler does not raise it again
  }
  control.destroy_detached();
  return run_end::unwound;
}

namespace forced_unwind_handlers {

using hook = void (*)() noexcept;

// std::set_terminate is process-wide, and so are these.
OTP_VISIBLE inline constinit std::atomic<hook> abandon_if_unwinding{nullptr};
OTP_VISIBLE inline constinit std::atomic<std::terminate_handler> previous{nullptr};

[[noreturn]] inline void on_terminate() noexcept {
  if (const hook abandon = abandon_if_unwinding.load()) abandon();
  if (const std::terminate_handler handler = previous.load()) handler();
  std::abort();
}

}  // namespace forced_unwind_handlers

/// Makes std::terminate call `abandon_if_unwinding` first, on whatever thread and stack it happens.
/// The function does not return when the current process is being killed: it switches away from the
/// stack, for good. Otherwise it returns, and the handler of before is called. Process-wide;
/// another call replaces the function. A later std::set_terminate by the program disables this.
inline void install_abandon_handler(void (*abandon_if_unwinding)() noexcept) {
  namespace handlers = forced_unwind_handlers;
  if (handlers::abandon_if_unwinding.exchange(abandon_if_unwinding) != nullptr) return;
  const std::terminate_handler before = std::set_terminate(&handlers::on_terminate);
  if (before != &handlers::on_terminate) handlers::previous.store(before);
}

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/forced_unwind_impl.hpp>
#endif
