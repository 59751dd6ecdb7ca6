// How the pool performs what its state machine decides.
#pragma once

#include <otp/pool.hpp>
#include <otp/process.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <concepts>
#include <functional>
#include <string>

namespace otp {

inline pool::pool(abandoned_worker when_abandoned)
    : when_abandoned_{when_abandoned},
      machine_{when_abandoned == abandoned_worker::reuse ? detail::pooling::abandoned::reuse
                                                         : detail::pooling::abandoned::replace} {}

inline void pool::handle_call(request wanted, client asker) {
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

inline pool_status pool::handle_call(status) const {
  return {machine_.idle(), machine_.lent(), machine_.waiting()};
}

inline void pool::handle_cast(join added) {
  workers_.emplace(monitor(added.worker), added.worker);
  decide(detail::pooling::worker_up{added.worker});
}

inline void pool::handle_cast(give_back returned) {
  decide(detail::pooling::give_back{returned.ticket});
}

inline void pool::handle_cast(abandon left) {
  if (when_abandoned_ == abandoned_worker::reuse) {
    decide(detail::pooling::give_back{left.ticket});
  } else {
    exit(left.worker, reason::kill);  // its end ends the request
  }
}

inline void pool::handle_info(const down& gone) {
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

inline void pool::handle_info(time_passed) {
  decide(detail::pooling::deadline_passed{this_runtime::now()});
}

inline void pool::terminate(const exit_reason&) { decide(detail::pooling::stop{}); }

inline std::string pool::format_status() const {
  return fmt::format("{} workers idle, {} lent, {} requests waiting", machine_.idle(),
                     machine_.lent(), machine_.waiting());
}

inline void pool::decide(const detail::pooling::event& what) {
  for (const auto& action : machine_.decide(what)) {
    std::visit([this](const auto& each) { perform(each); }, action);
  }
}

inline void pool::perform(const detail::pooling::grant& action) {
  const auto at = clients_.find(action.ticket);
  at->second.answer.reply(granted{action.ticket, action.worker});
  clients_.erase(at);
}

inline void pool::perform(const detail::pooling::refuse& action) {
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

inline void pool::perform(const detail::pooling::replace& action) {
  exit(action.worker, reason::kill);
}

inline void pool::perform(const detail::pooling::watch& action) {
  // A plain thread has no process that could end.
  if (action.owner) owners_.insert_or_assign(action.owner, monitor(action.owner));
}

inline void pool::perform(const detail::pooling::unwatch& action) {
  const auto at = owners_.find(action.owner);
  if (at == owners_.end()) return;
  demonitor(at->second, true);
  owners_.erase(at);
}

inline void pool::perform(const detail::pooling::wake_at& action) {
  cancel_timer(timer_);
  const auto delay = std::max(action.when - this_runtime::now(), std::chrono::nanoseconds{0});
  timer_ = send_after(delay, this_process::self(), time_passed{});
}

template <class W, pool_address A>
result<lease<W>, pool_error> try_checkout(const A& from, checkout_options options) {
  const pid target = detail::address_of(from, "otp::checkout");
  const pid owner = this_process::is_one() ? this_process::self() : pid{};
  const auto begin = detail::current_core("otp::checkout").now();
  // The pool keeps the time, so that a worker is never granted to somebody who has stopped waiting.
  auto answer = try_call(server_ref<pool>{target}, pool::request{owner, options}, infinity);
  if (!answer) {
    return failure{pool_error{.what = pool_error::kind::unavailable,
                              .reason = std::move(answer).error().root()}};
  }
  if (!*answer) return failure{std::move(*answer).error()};
  const std::chrono::nanoseconds waited{detail::current_core("otp::checkout").now() - begin};
  return lease<W>{server_ref<pool>{target}, **answer, waited};
}

template <class W, pool_address A>
lease<W> checkout(const A& from, checkout_options options) {
  auto borrowed = try_checkout<W>(from, options);
  if (!borrowed) borrowed.error().raise();
  return *std::move(borrowed);
}

template <class W, pool_address A, std::invocable<server_ref<W>> Use>
auto with_worker(const A& from, Use&& use, checkout_options options)
    -> result<std::invoke_result_t<Use, server_ref<W>>, pool_error> {
  auto borrowed = try_checkout<W>(from, options);
  if (!borrowed) return failure{std::move(borrowed).error()};
  if constexpr (std::is_void_v<std::invoke_result_t<Use, server_ref<W>>>) {
    std::invoke(std::forward<Use>(use), borrowed->worker());
    return {};
  } else {
    return std::invoke(std::forward<Use>(use), borrowed->worker());
  }
}

template <class W, pool_address A, class... Arguments>
child_spec pool_worker(A member_of, start_options options, Arguments... arguments) {
  child_spec spec = child<W>(std::move(options), std::move(arguments)...);
  spec.start = [member_of = std::move(member_of), start = std::move(spec.start)] {
    auto started = start();
    if (started && *started) cast(member_of, pool::join{*started});
    return started;
  };
  return spec;
}

}  // namespace otp
