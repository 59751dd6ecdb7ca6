// How the events of a server are counted, remembered, printed and handed on.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/behaviour.hpp>
#include <otp/detail/debugger.hpp>
#include <otp/detail/process.hpp>
#include <otp/detail/runtime_core.hpp>
#include <otp/detail/runtime_services.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace otp::detail {

OTP_DECL void debugger::count(const process& p, bool on) {
  if (!on) {
    counted_.reset();
  } else if (!counted_) {
    counted_ = counts{p.core().now(), {.reductions = p.total_reductions()}};
  }
}

OTP_DECL std::optional<server_statistics> debugger::statistics(const process& p) const {
  if (!counted_) return std::nullopt;
  auto made = counted_->made;
  made.elapsed = std::chrono::nanoseconds{p.core().now() - counted_->since};
  made.reductions = p.total_reductions() - made.reductions;
  return made;
}

OTP_DECL void debugger::remember(std::size_t size) {
  log_size_ = size;
  while (log_.size() > size) log_.pop_front();
}

OTP_DECL bool debugger::install(std::unique_ptr<debug_function> function) {
  const auto same = [&](const auto& known) { return known->id() == function->id(); };
  if (std::ranges::any_of(functions_, same)) return false;
  functions_.push_back(std::move(function));
  return true;
}

OTP_DECL bool debugger::remove(std::string_view id) {
  return std::erase_if(functions_, [&](const auto& known) { return known->id() == id; }) != 0;
}

/// The state as text; a failure of the user's code is told instead, and ends nothing.
inline std::string state_for_debugging(process& p) {
  try {
    return p.behaviour->describe();
  } catch (...) {
    if (p.unwind.active()) throw;
    return fmt::format("(cannot be formatted: {})",
                       exit_reason::from_exception(std::current_exception()));
  }
}

OTP_DECL void debugger::record(process& p, system_event event, std::string_view type,
                               bool with_state) {
  if (counted_) {
    if (event.what == system_event::kind::in) ++counted_->made.messages_in;
    if (event.what == system_event::kind::out) ++counted_->made.messages_out;
  }
  if (!watched()) return;
  event.type = type;
  if (with_state) event.state = state_for_debugging(p);
  if (traced_) print_event(p, event);
  tell_functions(p, event);
  if (log_size_ == 0) return;
  if (log_.size() == log_size_) log_.pop_front();
  log_.push_back(std::move(event));
}

OTP_DECL void debugger::tell_functions(process& p, const system_event& event) {
  std::erase_if(functions_, [&](const auto& function) {
    try {
      return !function->call(event);
    } catch (...) {
      if (p.unwind.active()) throw;
      p.core().warn(fmt::format("the debug function \"{}\" of {} failed and is removed: {}",
                                function->id(), p.id(),
                                exit_reason::from_exception(std::current_exception())));
      return true;
    }
  });
}

OTP_DECL void debugger::describe(server_status& status) const {
  status.statistics = counted_.has_value();
  status.trace = traced_;
  status.log_size = log_size_;
  status.log = log();
  for (const auto& function : functions_) status.functions.push_back(function->id());
}

OTP_DECL void print_event(const process& p, const system_event& event) {
  const auto name = first_name(p);
  const auto line = fmt::format("*DBG* {} {}\n", name.empty() ? pid_text(p.id()) : name, event);
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

}  // namespace otp::detail
