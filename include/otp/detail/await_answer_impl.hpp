// Who may wait for an answer, and what became of the wait.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/await_answer.hpp>
#include <otp/detail/worker.hpp>

#include <stdexcept>
#include <utility>

namespace otp::detail {

OTP_DECL answer_outcome failure_of(call_wait& w) {
  if (w.ready) return {nullptr, std::move(w.failure)};
  return {nullptr, reason::timeout};
}

OTP_DECL answer_outcome call_of_oneself(runtime_core& core, const pid& self) {
  const auto me = display_name(core, self);
  return {nullptr, exit_reason::from_deadlock(me + " → " + me)};
}

OTP_DECL process* require_waiter(runtime_core& core) {
  auto* const here = this_worker();
  if (here == nullptr) return nullptr;
  if (&here->core() != &core) {
    throw std::logic_error{
        "otp: a blocking call into another runtime would stop this one's thread: use a "
        "completion token"};
  }
  auto* const self = here->current();
  if (self == nullptr) {
    throw std::logic_error{
        "otp: a blocking call in an Asio handler would stop a scheduler thread: use a completion "
        "token, or call from a process"};
  }
  here->check_wait(*self);
  return self;
}

OTP_DECL process* rested_waiter(runtime_core& core) {
  auto* const self = require_waiter(core);
  if (self != nullptr) this_worker()->charge(*self);
  return self;
}

}  // namespace otp::detail
