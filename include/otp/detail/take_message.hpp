// Taking one particular message out of the calling process's mailbox, and waiting for it.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/detail/envelope.hpp>
#include <otp/detail/receive_impl.hpp>
#include <otp/infinity.hpp>

#include <algorithm>
#include <chrono>
#include <utility>

namespace otp::detail {

/// Removes the oldest message that `fits` from those that have been looked at by `receive_all`; null
/// when there is none.
template <class Fits>
owned_envelope find_message(process& self, Fits&& fits) {
  envelope* before = nullptr;
  for (auto* e = self.first; e != nullptr; before = e, e = e->next) {
    if (!fits(std::as_const(*e))) continue;
    self.unchain(*e, before);
    return owned_envelope{e};
  }
  return nullptr;
}

template <class Fits>
struct message_wait : wait_record {
  Fits& fits;
  owned_envelope found;

  explicit message_wait(Fits& test) : fits{test} {
    takes_message = [](wait_record& w, envelope& e) {
      auto& self = static_cast<message_wait&>(w);
      if (!self.fits(std::as_const(e))) return false;
      self.found.reset(&e);
      return true;
    };
  }
};

/// The oldest message that `fits`, waiting for it up to `timeout`; null when none came. Zero looks at
/// every message that has arrived.
template <class Fits>
owned_envelope take_message(process& self, std::chrono::nanoseconds timeout, Fits fits) {
  attend(self);
  if (auto found = find_message(self, fits)) return found;
  auto& here = *this_worker();
  if (here.receive_all(self)) {
    here.end_if_exiting(self);
    if (auto found = find_message(self, fits)) return found;
  }
  if (timeout.count() <= 0) return nullptr;
  message_wait<Fits> w{fits};
  w.timeout = timeout;
  here.suspend(self, w);
  return std::move(w.found);
}

/// A point in time up to which something is waited for.
class deadline {
 public:
  deadline(const runtime_core& core, std::chrono::nanoseconds timeout)
      : core_{core}, at_{timeout == infinity ? infinity : now() + timeout} {}

  /// How long to wait still; zero when it has passed.
  std::chrono::nanoseconds left() const {
    if (at_ == infinity) return infinity;
    return std::max(at_ - now(), std::chrono::nanoseconds::zero());
  }

 private:
  std::chrono::nanoseconds now() const { return std::chrono::nanoseconds{core_.now()}; }

  const runtime_core& core_;
  std::chrono::nanoseconds at_;
};

}  // namespace otp::detail
