// How the pool performs what its state machine decides.
#pragma once

#include <otp/config.hpp>
#include <otp/pool.hpp>
#include <otp/process.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <functional>
#include <string>

namespace otp {

OTP_DECL pool::pool(abandoned_worker when_abandoned)
    : when_abandoned_{when_abandoned},
      machine_{when_abandoned == abandoned_worker::reuse ? detail::pooling::abandoned::reuse
                                                         : detail::pooling::abandoned::replace} {}

OTP_DECL void pool::handle_call(request wanted, client asker) {
  const auto now = this_runtime::now();
  // The sum of now and a long time may not be representable, and means for ever then.
  const auto until = [now](std::chrono::nanoseconds duration) {
    return duration >= infinity - now ? infinity : now + duration;
  };
  const detail::pooling::ticket ticket{++last_ticket_};
  clients_.emplace(ticket, waiting_client{std::move(asker), wanted.owner, now});
  decide(detail::pooling::checkout{.ticket = ticket,
                                   .owner = wanted.owner,
                                   .may_wait = wanted.options.timeout.count() > 0,
                                   .wait_until = until(wanted.options.timeout),
                                   .hold_until = until(wanted.options.hold)});
}

OTP_DECL pool_status pool::handle_call(status) const {
  return {machine_.idle(), machine_.lent(), machine_.waiting()};
}

OTP_DECL void pool::handle_cast(join added) {
  workers_.emplace(monitor(added.worker), added.worker);
  decide(detail::pooling::worker_up{added.worker});
}

OTP_DECL void pool::handle_cast(give_back returned) {
  decide(detail::pooling::give_back{returned.ticket});
}

OTP_DECL void pool::handle_cast(abandon left) {
  if (when_abandoned_ == abandoned_worker::reuse) {
    decide(detail::pooling::give_back{left.ticket});
  } else {
    exit(left.worker, reason::kill);  // its end ends the request
  }
}

OTP_DECL void pool::handle_info(const down& gone) {
  if (const auto worker = workers_.find(gone.ref); worker != workers_.end()) {
    workers_.erase(worker);
    decide(detail::pooling::worker_down{gone.process});
  } else if (const auto owner = owners_.find(gone.process);
             owner != owners_.end() && owner->second == gone.ref) {
    owners_.erase(owner);
    std::erase_if(clients_, [&](const auto& each) { return each.second.owner == gone.process; });
    decide(detail::pooling::owner_down{gone.process});
  }
}

OTP_DECL void pool::handle_info(time_passed) {
  decide(detail::pooling::deadline_passed{this_runtime::now()});
}

OTP_DECL void pool::terminate(const exit_reason&) { decide(detail::pooling::stop{}); }

OTP_DECL std::string pool::format_status() const {
  return fmt::format("{} workers idle, {} lent, {} requests waiting", machine_.idle(),
                     machine_.lent(), machine_.waiting());
}

OTP_DECL void pool::decide(const detail::pooling::event& what) {
  for (const auto& action : machine_.decide(what)) {
    std::visit([this](const auto& each) { perform(each); }, action);
  }
}

OTP_DECL void pool::perform(const detail::pooling::grant& action) {
  const auto at = clients_.find(action.ticket);
  at->second.answer.reply(granted{action.ticket, action.worker});
  clients_.erase(at);
}

OTP_DECL void pool::perform(const detail::pooling::refuse& action) {
  const auto at = clients_.find(action.ticket);
  pool_error error{.what = pool_error::kind::timeout,
                   .waited = this_runtime::now() - at->second.since,
                   .lent = machine_.lent(),
                   .waiting = machine_.waiting()};
  if (action.why == detail::pooling::refusal::none_free) {
    error.what = pool_error::kind::none_free;
  } else if (action.why == detail::pooling::refusal::stopping) {
    error.what = pool_error::kind::unavailable;
    error.reason = reason::shutdown;
  }
  at->second.answer.reply(failure{std::move(error)});
  clients_.erase(at);
}

OTP_DECL void pool::perform(const detail::pooling::replace& action) {
  exit(action.worker, reason::kill);
}

OTP_DECL void pool::perform(const detail::pooling::watch& action) {
  // A plain thread has no process that could end.
  if (action.owner) owners_.insert_or_assign(action.owner, monitor(action.owner));
}

OTP_DECL void pool::perform(const detail::pooling::unwatch& action) {
  const auto at = owners_.find(action.owner);
  if (at == owners_.end()) return;
  demonitor(at->second, true);
  owners_.erase(at);
}

OTP_DECL void pool::perform(const detail::pooling::wake_at& action) {
  cancel_timer(timer_);
  const auto delay = std::max(action.when - this_runtime::now(), std::chrono::nanoseconds{0});
  timer_ = send_after(delay, this_process::self(), time_passed{});
}

}  // namespace otp
