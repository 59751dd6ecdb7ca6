// How an application starts and stops.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/application_master.hpp>
#include <otp/detail/await_exit.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/process_arena.hpp>
#include <otp/failed_to_start_child.hpp>
#include <otp/log.hpp>
#include <otp/process.hpp>
#include <otp/supervisor.hpp>

#include <exception>
#include <utility>
#include <variant>
#include <vector>

namespace otp::detail {

/// The reason of a callback that an exception has left (L-011).
inline exit_reason thrown_by_callback() {
  return start_threw{exit_reason::from_exception(std::current_exception())};
}

/// Runs a callback whose failure changes nothing (L-016).
template <class F>
void run_and_log(const std::string& application, std::string_view callback, F&& run) {
  try {
    run();
  } catch (...) {
    otp::log::error("{} of application \"{}\" failed: {}", callback, application,
                    exit_reason::from_exception(std::current_exception()));
  }
}

OTP_DECL application_master::application_master(application_spec spec, std::uint16_t number,
                                                pid controller)
    : spec_{std::move(spec)}, controller_{controller} {
  this_process::trap_exit(true);
  // From now on, what this process creates is of the application too.
  require_process("otp::application").application.store(number, std::memory_order_relaxed);
}

OTP_DECL noreply application_master::handle_continue(begin) {
  auto top = start();
  const bool up = top.has_value();
  if (!up) kill_the_rest();
  otp::send(controller_, application_start_ended{spec_.name, std::move(top)});
  if (!up) return otp::stop(reason::normal);
  up_ = true;
  return {};
}

OTP_DECL result<pid, application_error> application_master::start() {
  const auto failed = [this](exit_reason why, std::string phase) {
    return failure{application_error{.what = application_refusal::start_failed,
                                     .application = spec_.name,
                                     .reason = std::move(why),
                                     .phase = std::move(phase)}};
  };
  if (auto top = start_tree(); !top) return failed(std::move(top).error(), {});
  for (const auto& phase : spec_.start_phases) {
    result<void> outcome;
    try {
      outcome = behaviour_->start_phase(phase.name, start_type::normal, phase.argument);
    } catch (...) {
      outcome = failure{thrown_by_callback()};
    }
    if (outcome) continue;
    stop_tree();  // L-030; OTP would leave it running
    return failed(std::move(outcome).error(), phase.name);
  }
  return top_;
}

OTP_DECL result<pid> application_master::start_tree() {
  if (!spec_.mod) return pid{};  // L-009
  result<application_tree> tree;
  try {
    behaviour_ = spec_.mod();
    tree = behaviour_->start(start_type::normal);
  } catch (...) {
    return failure{thrown_by_callback()};
  }
  if (!tree) return failure{std::move(tree).error()};
  if (auto* const spec = std::get_if<supervisor_spec>(&*tree)) {
    const auto started = otp::try_start_link(std::move(*spec));
    if (!started) return failure{started.error().reason};
    top_ = started->pid();
  } else if (const auto* const process = std::get_if<pid>(&*tree); process != nullptr && *process) {
    top_ = *process;
    otp::link(top_);  // changes nothing if start has done it
  }
  return top_;
}

OTP_DECL done application_master::handle_call(change request) {
  if (behaviour_) {
    run_and_log(spec_.name, "config_change",
                [&] { behaviour_->config_change(request.changes); });
  }
  return {};
}

OTP_DECL noreply application_master::handle_info(const exited& message) {
  if (message.from != top_) return {};
  top_ = {};
  otp::send(controller_, application_tree_ended{spec_.name, message.reason});
  return otp::stop(reason::normal);
}

OTP_DECL void application_master::terminate(const exit_reason&) {
  if (!std::exchange(up_, false)) return;
  if (behaviour_) run_and_log(spec_.name, "prep_stop", [&] { behaviour_->prep_stop(); });
  stop_tree();
  if (behaviour_) run_and_log(spec_.name, "stop", [&] { behaviour_->stop(); });
  kill_the_rest();
}

OTP_DECL void application_master::stop_tree() {
  if (!top_) return;
  send_exit(top_, reason::shutdown);
  await_exit(std::exchange(top_, pid{}), infinity);
}

// A process may have created others before it was killed: until there is none left.
OTP_DECL void application_master::kill_the_rest() {
  const auto number = application_of(require_process("otp::application"));
  for (auto left = processes_of_application(number); !left.empty();
       left = processes_of_application(number)) {
    for (const auto& each : left) otp::exit(each, reason::kill);
    for (const auto& each : left) await_exit(each, infinity);
  }
}

OTP_DECL std::vector<pid> processes_of_application(std::uint16_t number) {
  const auto& self = require_process("otp::application");
  std::vector<pid> found;
  const auto end = process_arena::instance().high_water();
  for (std::uint32_t slot = 1; slot < end; ++slot) {
    const auto& p = process_arena::at(slot);
    if (&p == &self || p.owner.load(std::memory_order_relaxed) != &self.core()) continue;
    if (application_of(p) != number) continue;
    const pid id{0, slot, p.serial.load(std::memory_order_relaxed)};
    if (id && p.word.load(std::memory_order_relaxed) != 0) found.push_back(id);
  }
  return found;
}

}  // namespace otp::detail
