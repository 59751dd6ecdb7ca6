// How the server of a scope keeps its groups.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/pg.hpp>
#include <otp/process.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace otp {

OTP_DECL pg::pg()
    : tables_{detail::current_core("otp::pg").services->tables},
      owner_{this_process::self()},
      table_{std::make_shared<detail::pg_table>()} {
  tables_.publish(owner_, table_);
}

OTP_DECL pg::~pg() { tables_.withdraw(owner_); }

// ---- reading, in the caller

OTP_DECL pg::members pg::members_of(const pid& scope, std::string_view group) {
  const auto table =
      detail::current_core("otp::pg").services->tables.template find<detail::pg_table>(scope);
  if (table == nullptr) return {};
  const std::shared_lock lock{table->mutex};
  const auto found = table->groups.find(group);
  return found == table->groups.end() ? members{} : found->second;
}

OTP_DECL std::vector<std::string> pg::groups_of(const pid& scope) {
  const auto table =
      detail::current_core("otp::pg").services->tables.template find<detail::pg_table>(scope);
  if (table == nullptr) return {};
  const std::shared_lock lock{table->mutex};
  std::vector<std::string> names;
  for (const auto& [name, processes] : table->groups) names.push_back(name);
  return names;
}

OTP_DECL monitor_ref pg::new_reference() {
  return monitor_ref{detail::require_process("otp::pg::monitor").core().next_reference()};
}

// ---- changing, in the server

OTP_DECL void pg::handle_call(join_request request) {
  if (request.processes.empty()) return;
  {
    const std::lock_guard lock{table_->mutex};
    auto& group = table_->groups[request.group];
    group.insert(group.begin(), request.processes.rbegin(), request.processes.rend());
  }
  for (const auto& each : request.processes) hold(each);
  tell(pg_event::kind::join, request.group, std::move(request.processes));
}

OTP_DECL bool pg::handle_call(leave_request request) {
  auto left = remove(request.group, request.processes);
  if (left.empty()) return false;
  for (const auto& each : left) let_go(each);
  tell(pg_event::kind::leave, request.group, std::move(left));
  return true;
}

OTP_DECL pg::snapshot pg::handle_call(watch_request request) {
  snapshot now;
  {
    const std::shared_lock lock{table_->mutex};
    for (const auto& [name, processes] : table_->groups) {
      if (!request.group || *request.group == name) now.emplace(name, processes);
    }
  }
  hold(request.watcher);
  watchers_.emplace(request.ref, watcher{request.watcher, std::move(request.group)});
  return now;
}

OTP_DECL bool pg::handle_call(demonitor_request request) {
  const auto found = watchers_.extract(request.ref);
  if (found.empty()) return false;
  let_go(found.mapped().process);
  return true;
}

OTP_DECL void pg::handle_info(const down& gone) {
  if (interests_.erase(gone.process) == 0) return;
  std::erase_if(watchers_, [&](const auto& each) { return each.second.process == gone.process; });
  for (const auto& name : groups_of(owner_)) {
    while (!remove(name, {gone.process}).empty()) {
      tell(pg_event::kind::leave, name, {gone.process});
    }
  }
}

OTP_DECL std::string pg::format_status() const {
  return fmt::format("{} groups, {} processes", groups_of(owner_).size(), interests_.size());
}

OTP_DECL void pg::hold(const pid& process) {
  auto& held = interests_[process];
  if (held.count++ == 0) held.ref = otp::monitor(process);
}

OTP_DECL void pg::let_go(const pid& process) {
  const auto found = interests_.find(process);
  if (found == interests_.end() || --found->second.count != 0) return;
  otp::demonitor(found->second.ref, true);
  interests_.erase(found);
}

OTP_DECL void pg::tell(pg_event::kind what, const std::string& group, members processes) const {
  for (const auto& [ref, each] : watchers_) {
    if (each.group && *each.group != group) continue;
    detail::offer(each.process, pg_event{ref, what, group, processes});
  }
}

/// Ends one membership of each; returns those that had one.
OTP_DECL pg::members pg::remove(const std::string& group, const members& processes) {
  const std::lock_guard lock{table_->mutex};
  const auto found = table_->groups.find(group);
  if (found == table_->groups.end()) return {};
  members left;
  for (const auto& each : processes) {
    const auto at = std::find(found->second.begin(), found->second.end(), each);
    if (at == found->second.end()) continue;
    found->second.erase(at);
    left.push_back(each);
  }
  if (found->second.empty()) table_->groups.erase(found);
  return left;
}

}  // namespace otp
