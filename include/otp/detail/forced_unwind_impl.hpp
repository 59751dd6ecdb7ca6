// How a kill unwinds a stack.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/fiber.hpp>
#include <otp/detail/forced_unwind.hpp>
#include <otp/detail/sanitizer.hpp>

#include <cxxabi.h>
#include <unwind.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <memory>
#include <new>
#include <utility>

namespace otp::detail {

OTP_DECL void forced_unwind::raise() {
  if (!can_raise()) std::terminate();
  if (raised_ == nullptr) raised_ = std::make_unique<raised>();
  ++raised_->times;
  raised_->detach();
  raised_->unwind();
}

// The runtime cannot put a foreign exception on top of exceptions that are being handled (it calls
// std::terminate), so these are kept aside. Frames that end their handlers on the way find none,
// which is harmless.
OTP_DECL void forced_unwind::raised::detach() noexcept {
  eh_globals& globals = current_eh_globals();
  void* const chain = std::exchange(globals.caught, nullptr);
  if (chain == nullptr) return;
  // Without memory for the note the exceptions leak.
  if (auto* const note = new (std::nothrow) detached{chain, kept_aside}) {
    kept_aside = note;
  }
}

OTP_DECL void forced_unwind::raised::unwind() {
  now = phase::unwinding;
  constexpr char name[8] = {'O', 'T', 'P', 'C', 'K', 'I', 'L', 'L'};
  static_assert(sizeof(exception_class) == sizeof(name));
  std::memcpy(&exception_class, name, sizeof(name));
  exception_cleanup = &on_cleanup;
  sanitizer::before_unwinding();
  _Unwind_ForcedUnwind(this, &on_frame, nullptr);
  std::terminate();  // nothing on this stack can be unwound
}

// Called for each frame, before its cleanups and handlers run.
OTP_DECL _Unwind_Reason_Code forced_unwind::on_frame(int, _Unwind_Action actions,
                                                     _Unwind_Exception_Class, _Unwind_Exception*,
                                                     _Unwind_Context*, void*) {
  if ((actions & _UA_END_OF_STACK) != 0) {
    std::fputs("otp: a process was killed on a stack without a base frame\n", stderr);
    std::abort();
  }
  // Guards that commit unless an exception is in flight must roll back. Set anew each time, because
  // a rethrow by a catch-all handler counts up.
  current_eh_globals().uncaught = 1;
  return _URC_NO_REASON;
}

// Called when a catch-all handler ends, however it ends, unless by rethrowing.
OTP_DECL void forced_unwind::on_cleanup(_Unwind_Reason_Code, _Unwind_Exception* exception) {
  auto& self = static_cast<raised&>(*exception);
  if (self.now != phase::unwinding) return;  // that of the base frame, or one of an earlier raise
  eh_globals& globals = current_eh_globals();
  if (globals.uncaught > 1) {
    // The handler ends by throwing. Two exceptions cannot leave one frame; let that one pass, the
    // kill is raised again at the next wait if it gets swallowed.
    self.now = phase::diverted;
    --globals.uncaught;
    return;
  }
  globals.caught = nullptr;
  self.unwind();
}

OTP_DECL void forced_unwind::destroy_detached() noexcept {
  while (detached* const note = raised_->kept_aside) {
    raised_->kept_aside = note->next;
    current_eh_globals().caught = note->chain;
    // As the handlers would have done it, innermost first. A pending exception is counted once per
    // handler that it is in; the runtime removes it from the chain at the last of them.
    while (current_eh_globals().caught != nullptr) abi::__cxa_end_catch();
    delete note;
  }
  current_eh_globals() = {};
  raised_.reset();
}

OTP_DECL void forced_unwind::abandoned() noexcept {
  const auto over = std::move(raised_);
  while (detached* const note = over->kept_aside) {
    over->kept_aside = note->next;
    sanitizer::ignore_leak(note->chain);
    delete note;
  }
}

}  // namespace otp::detail
