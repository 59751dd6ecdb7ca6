// What a dynamic supervisor does: its requests, and how it carries out what its state machine decides.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/await_exit.hpp>
#include <otp/detail/supervision_effects.hpp>
#include <otp/dynamic_supervisor.hpp>
#include <otp/receive.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <exception>
#include <limits>
#include <string>
#include <utility>
#include <variant>

namespace otp {

OTP_DECL result<pid, start_failure> dynamic_supervisor::handle_call(add_child request) {
  drive(detail::supervision::add_child{std::move(request.spec)});
  return *std::exchange(started_, std::nullopt);
}

OTP_DECL result<void, child_error> dynamic_supervisor::handle_call(stop_child request) {
  drive(detail::dynamic::terminate_child{request.process});
  if (found_) return {};
  return failure{child_error{refusal::not_found, {}, request.process, {}}};
}

OTP_DECL std::vector<child_info> dynamic_supervisor::handle_call(list) {
  return machine_.which_children();
}

OTP_DECL child_counts dynamic_supervisor::handle_call(count) { return machine_.count_children(); }

OTP_DECL noreply dynamic_supervisor::handle_info(exited message) {
  return react(detail::supervision::child_exited{message.from, std::move(message.reason),
                                                 this_runtime::now()});
}

OTP_DECL noreply dynamic_supervisor::handle_info(detail::dynamic::retry again) {
  return react(detail::dynamic::retry_due{again.process, this_runtime::now()});
}

OTP_DECL void dynamic_supervisor::terminate(const exit_reason&) {
  if (!end_) drive(detail::dynamic::stop{this_runtime::now()});
}

OTP_DECL std::string dynamic_supervisor::format_status() const {
  const auto counts = machine_.count_children();
  return fmt::format("{} children, {} running", counts.specs, counts.active);
}

// Performs what the machine decides, until there is nothing more to do now.
OTP_DECL void dynamic_supervisor::drive(next_event next) {
  while (next) {
    const auto actions = machine_.decide(*std::move(next));
    next.reset();
    for (const auto& action : actions) {
      next = std::visit([this](const auto& what) { return perform(what); }, action);
    }
  }
}

OTP_DECL noreply dynamic_supervisor::react(next_event what) {
  drive(std::move(what));
  if (end_) return otp::stop(*end_);
  return {};
}

OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::dynamic::start_child&) {
  return detail::start_child<event>(machine_.current_start());
}

OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::supervision::await_exit& action) {
  if (auto why = detail::await_exit(action.process, action.at_most)) {
    return detail::supervision::child_gone{*std::move(why)};
  }
  return detail::supervision::child_overran{};
}

// The end of any child, by its link. The monitors are for those that have unlinked themselves (V-042).
OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::dynamic::await_exits& action) {
  if (!std::exchange(watching_, true)) {
    for (const child_info& child : machine_.which_children()) otp::monitor(child.process);
  }
  for (;;) {
    const auto now = this_runtime::now();
    const auto patience = action.until == infinity
                              ? infinity
                              : std::max(action.until - now, std::chrono::nanoseconds::zero());
    const auto ended = [](const pid& process, exit_reason why) -> next_event {
      return detail::supervision::child_exited{process, std::move(why), this_runtime::now()};
    };
    auto next = otp::receive(
        [&](exited message) { return ended(message.from, std::move(message.reason)); },
        [&](down message) -> next_event {
          // The exit message is on its way, and knows the reason.
          if (detail::is_linked(message.process)) return std::nullopt;
          return ended(message.process, std::move(message.reason));
        },
        after(patience,
              [&]() -> next_event { return detail::dynamic::deadline_passed{action.until}; }));
    if (next) return next;
  }
}

OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::supervision::send_exit& action) {
  otp::exit(action.process, action.reason);
  return std::nullopt;
}

OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::dynamic::retry& action) {
  detail::send_retry(action);
  return std::nullopt;
}

OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::dynamic::started& action) {
  started_ = action.outcome;
  return std::nullopt;
}

OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::dynamic::terminated& action) {
  found_ = action.found;
  return std::nullopt;
}

OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::supervision::report& action) {
  detail::write_report(name_, action);
  return std::nullopt;
}

OTP_DECL dynamic_supervisor::next_event dynamic_supervisor::perform(
    const detail::supervision::finish& action) {
  end_ = action.reason;
  return std::nullopt;
}

OTP_DECL start_result<dynamic_supervisor> try_start_link(dynamic_supervisor_spec spec) {
  start_options options{.name = spec.name};
  return otp::try_start_link<dynamic_supervisor>(std::move(options), std::move(spec));
}

OTP_DECL server_ref<dynamic_supervisor> start_link(dynamic_supervisor_spec spec) {
  return detail::started_or_throw(try_start_link(std::move(spec)));
}

OTP_DECL start_result<dynamic_supervisor> try_start(dynamic_supervisor_spec spec) {
  start_options options{.name = spec.name};
  return otp::try_start<dynamic_supervisor>(std::move(options), std::move(spec));
}

OTP_DECL server_ref<dynamic_supervisor> start(dynamic_supervisor_spec spec) {
  return detail::started_or_throw(try_start(std::move(spec)));
}

OTP_DECL child_spec child(dynamic_supervisor_spec spec) {
  return otp::child<dynamic_supervisor>(std::move(spec));
}

}  // namespace otp
