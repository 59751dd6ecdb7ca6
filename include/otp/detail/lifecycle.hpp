// The beginning and the end of a process. The order of the end is what others rely on: state
// destroyed, names free, mailbox closed, callers answered, links and monitors told, slot free.
#pragma once

#include <otp/detail/call_envelope.hpp>
#include <otp/detail/signals.hpp>
#include <otp/detail/worker.hpp>

#include <exception>
#include <memory>
#include <utility>

namespace otp::detail {

/// Takes a slot for a process that is not running yet. Nobody knows its pid.
process& claim_slot(runtime_core& core);

/// Gives the slot back; stale pushes meet a closed mailbox or, later, a newer serial.
void free_slot(process& p);

/// A process that exists and can be sent to once published, but does not run before.
process& create_process(runtime_core& core, std::unique_ptr<behaviour> what);

/// Opens the mailbox of a new process and makes it runnable.
void publish(process& p);

/// As publish; for bodies that receive in a loop, which do not migrate once they have waited: they
/// start in the queue that other workers take from.
void publish_shared(process& p);

/// Both halves of a link, before `child` is published: an early death is not lost (P-059).
void link_newborn(process& parent, process& child);

void set_ancestors(process& parent, process& child);

/// Posted work has thrown what is being handled: that ends the process.
void work_failed(process& p);

/// A process that was created and not published yet. Ends without having begun, and without anybody
/// being told by a link, unless it is published. Any thread.
class unborn_process {
 public:
  explicit unborn_process(process& p) noexcept : process_{&p} {}
  unborn_process(const unborn_process&) = delete;
  unborn_process& operator=(const unborn_process&) = delete;
  ~unborn_process() {
    if (process_ == nullptr) return;
    process_->related.links.clear();
    finish(*process_);
  }

  /// Null when it has been published.
  process* get() const noexcept { return process_; }
  void publish_shared() { detail::publish_shared(*std::exchange(process_, nullptr)); }

 private:
  process* process_;
};

template <class F>
void work_signal<F>::run(process& p, envelope& base) {
  auto& e = static_cast<work_signal&>(base);
  auto function = std::move(e.function);
  free_envelope(e);
  const bool outer = std::exchange(p.in_work, true);
  try {
    std::move(function)();
  } catch (...) {
    work_failed(p);
  }
  p.in_work = outer;
}

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/lifecycle_impl.hpp>
#endif
