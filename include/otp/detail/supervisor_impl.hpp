// What a supervisor does: its requests, and how it carries out what its state machine decides.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/await_exit.hpp>
#include <otp/detail/supervision_effects.hpp>
#include <otp/log.hpp>
#include <otp/supervisor.hpp>

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <string>
#include <utility>
#include <variant>

namespace otp {

OTP_DECL void supervisor::init() {
  drive(detail::supervision::boot{});
  if (end_) otp::exit(*end_);
}

OTP_DECL result<pid, child_error> supervisor::handle_call(add_child request) {
  return ask(detail::supervision::add_child{std::move(request.spec)});
}

OTP_DECL result<void, child_error> supervisor::handle_call(stop_child request) {
  return done(ask(detail::supervision::terminate_child{std::move(request.id)}));
}

OTP_DECL result<pid, child_error> supervisor::handle_call(revive_child request) {
  return ask(detail::supervision::restart_child{std::move(request.id)});
}

OTP_DECL result<void, child_error> supervisor::handle_call(remove_child request) {
  return done(ask(detail::supervision::delete_child{std::move(request.id)}));
}

OTP_DECL std::vector<child_info> supervisor::handle_call(list) { return machine_.which_children(); }

OTP_DECL child_counts supervisor::handle_call(count) { return machine_.count_children(); }

OTP_DECL result<child_spec, child_error> supervisor::handle_call(find_spec request) {
  if (const child_spec* const spec = machine_.find_spec(request.id)) return *spec;
  return failure{child_error{refusal::not_found, std::move(request.id), {}, {}}};
}

OTP_DECL noreply supervisor::handle_info(exited message) {
  return react(detail::supervision::child_exited{message.from, std::move(message.reason),
                                                 this_runtime::now()});
}

OTP_DECL noreply supervisor::handle_info(detail::supervision::retry again) {
  return react(detail::supervision::retry_due{again.ticket, this_runtime::now()});
}

OTP_DECL void supervisor::terminate(const exit_reason&) { drive(detail::supervision::stop{}); }

OTP_DECL std::string supervisor::format_status() const {
  const auto counts = machine_.count_children();
  return fmt::format("{} children, {} running", counts.specs, counts.active);
}

// Performs what the machine decides, until there is nothing more to do now.
OTP_DECL void supervisor::drive(event first) {
  for (next_event next = std::move(first); next;) {
    const auto actions = machine_.decide(*next);
    next.reset();
    for (const auto& action : actions) {
      next = std::visit([this](const auto& what) { return perform(what); }, action);
    }
  }
}

OTP_DECL noreply supervisor::react(event what) {
  drive(std::move(what));
  if (end_) return otp::stop(*end_);
  return {};
}

OTP_DECL result<pid, child_error> supervisor::ask(event request) {
  drive(std::move(request));
  return *std::exchange(answer_, std::nullopt);
}

OTP_DECL result<void, child_error> supervisor::done(const result<pid, child_error>& answer) {
  if (!answer) return failure{answer.error()};
  return {};
}

OTP_DECL supervisor::next_event supervisor::perform(
    const detail::supervision::start_child& action) {
  return detail::start_child<event>(machine_.start_of(action.index));
}

OTP_DECL supervisor::next_event supervisor::perform(const detail::supervision::await_exit& action) {
  if (auto why = detail::await_exit(action.process, action.at_most)) {
    return detail::supervision::child_gone{*std::move(why)};
  }
  return detail::supervision::child_overran{};
}

OTP_DECL supervisor::next_event supervisor::perform(const detail::supervision::send_exit& action) {
  log_stop(action);
  detail::send_exit(action.process, action.reason);
  return std::nullopt;
}

// So that the order of a stop can be read in the log.
OTP_DECL void supervisor::log_stop(const detail::supervision::send_exit& action) const {
  if (!detail::current_logger().enabled(log_level::info)) return;
  for (const auto& each : machine_.which_children()) {
    if (each.process != action.process) continue;
    log::info("{} stops \"{}\" {}: {}", name_, each.id, each.process, action.reason);
  }
}

OTP_DECL supervisor::next_event supervisor::perform(const detail::supervision::retry& action) {
  detail::send_retry(action);
  return std::nullopt;
}

OTP_DECL supervisor::next_event supervisor::perform(const detail::supervision::reply& action) {
  answer_ = action.outcome;
  return std::nullopt;
}

OTP_DECL supervisor::next_event supervisor::perform(const detail::supervision::report& action) {
  detail::write_report(name_, action);
  return std::nullopt;
}

OTP_DECL supervisor::next_event supervisor::perform(const detail::supervision::finish& action) {
  end_ = action.reason;
  return std::nullopt;
}

OTP_DECL start_result<supervisor> try_start_link(supervisor_spec spec) {
  start_options options{.name = spec.name};
  return otp::try_start_link<supervisor>(std::move(options), std::move(spec));
}

OTP_DECL server_ref<supervisor> start_link(supervisor_spec spec) {
  return detail::started_or_throw(try_start_link(std::move(spec)));
}

OTP_DECL start_result<supervisor> try_start(supervisor_spec spec) {
  start_options options{.name = spec.name};
  return otp::try_start<supervisor>(std::move(options), std::move(spec));
}

OTP_DECL server_ref<supervisor> start(supervisor_spec spec) {
  return detail::started_or_throw(try_start(std::move(spec)));
}

OTP_DECL child_spec child(supervisor_spec spec) {
  child_spec outer{.id = spec.name.empty() ? "supervisor" : spec.name,
                   .type = child_type::supervisor};
  outer.start = [inner = std::move(spec)] { return detail::started_pid(try_start_link(inner)); };
  return outer;
}

}  // namespace otp
