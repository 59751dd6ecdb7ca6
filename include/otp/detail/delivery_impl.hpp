// Mail for the processes of a lone worker.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/delivery.hpp>
#include <otp/detail/runtime_guard.hpp>

#include <atomic>
#include <utility>

namespace otp::detail {

OTP_DECL void post_to_lone(process& p, envelope& e, bool is_signal) {
  owned_envelope held{&e};
  {
    const runtime_guard inside{e.addressee};
    auto* const core = inside.core();
    // Its addressee has ended if its runtime has, or is not the lone one, which then has the slot now.
    if (core != nullptr && core->is_lone) {
      auto& lone = *core->workers.front();
      lone.mail().put({&p, &e, is_signal});
      static_cast<void>(held.release());
      std::atomic_thread_fence(std::memory_order_seq_cst);  // step: park.publish.fence
      if (lone.is_asleep()) lone.wake();
      return;
    }
  }
  held.release()->ops->discard(e, reason::noproc);  // not inside: who knows what it destroys
}

OTP_DECL void nobody_there(envelope& e) {
  // P-017. Not while mail is being opened, which may all be for nobody: that would nest.
  if (auto* const here = this_worker(); here != nullptr && !here->opens_mail()) here->fetch_mail();
  e.ops->discard(e, reason::noproc);
}

OTP_DECL void worker::open_mail() {
  const bool outer = std::exchange(opens_mail_, true);
  mail_.open();
  while (const auto each = mail_.next()) {
    if (each->is_signal) {
      deliver_signal(*each->to, *each->what);
    } else {
      push_to(*each->to, *each->what);
    }
  }
  opens_mail_ = outer;
}

}  // namespace otp::detail
