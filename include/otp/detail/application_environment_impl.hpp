// How the table of settings works.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/application_environment.hpp>
#include <otp/detail/runtime_services.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <utility>

namespace otp::detail {

OTP_DECL application_environment::setting* application_environment::find(settings& all,
                                                                         std::string_view key) {
  for (auto& each : all.values) {
    if (each.entry.name == key) return &each;
  }
  return nullptr;
}

OTP_DECL configuration application_environment::values_of(const settings& all) {
  std::vector<configuration::entry> entries;
  entries.reserve(all.values.size());
  for (const auto& each : all.values) entries.push_back(each.entry);
  return configuration{std::move(entries)};
}

OTP_DECL void application_environment::load(const application_spec& spec) {
  const std::lock_guard lock{mutex_};
  auto& mine = applications_[spec.name];
  mine.declared = spec.env;
  for (const auto& key : spec.env) {
    configuration::entry entry{key.name, key.value, {}, key.secret};
    auto* const known = find(mine, key.name);
    if (known == nullptr) {
      mine.values.push_back({std::move(entry), false});
    } else if (!known->persistent) {
      known->entry = std::move(entry);
    } else {
      known->entry.secret = key.secret;
    }
  }
}

OTP_DECL void application_environment::unload(std::string_view application) {
  const std::lock_guard lock{mutex_};
  if (const auto at = applications_.find(application); at != applications_.end()) {
    applications_.erase(at);
  }
}

OTP_DECL configuration application_environment::all(std::string_view application) const {
  const std::shared_lock lock{mutex_};
  const auto at = applications_.find(application);
  return at == applications_.end() ? configuration{} : values_of(at->second);
}

OTP_DECL application_environment::everything application_environment::snapshot() const {
  const std::shared_lock lock{mutex_};
  everything all;
  for (const auto& [name, mine] : applications_) all.emplace(name, values_of(mine));
  return all;
}

OTP_DECL void application_environment::put(std::string_view application, const std::string& key,
                                           config_value value, config_source source,
                                           bool persistent) {
  const std::lock_guard lock{mutex_};
  auto& mine = applications_[std::string{application}];
  bool secret = false;
  for (const auto& declared : mine.declared) {
    if (declared.name != key) continue;
    secret = declared.secret;
    const bool fits = value.type() == declared.value.type() &&
                      (!value.is_set() || !declared.check.accepts || declared.check.accepts(value));
    if (fits) break;
    throw std::invalid_argument(fmt::format("otp: {} of application \"{}\": {} is not valid; "
                                            "expected {}",
                                            key, application,
                                            secret ? "the secret given" : value.to_toml(),
                                            expected_of(declared)));
  }
  configuration::entry entry{key, std::move(value), std::move(source), secret};
  if (auto* const known = find(mine, key)) {
    *known = {std::move(entry), known->persistent || persistent};
  } else {
    mine.values.push_back({std::move(entry), persistent});
  }
}

OTP_DECL bool application_environment::erase(std::string_view application, std::string_view key) {
  const std::lock_guard lock{mutex_};
  const auto at = applications_.find(application);
  return at != applications_.end() &&
         std::erase_if(at->second.values,
                       [&](const setting& each) { return each.entry.name == key; }) != 0;
}

OTP_DECL std::uint16_t application_environment::number_of(std::string_view application) {
  const std::lock_guard lock{mutex_};
  const auto at = std::find(numbered_.begin(), numbered_.end(), application);
  const auto index = static_cast<std::size_t>(at - numbered_.begin());
  if (at == numbered_.end()) {
    if (index >= std::numeric_limits<std::uint16_t>::max()) {
      throw std::length_error("otp: 65,535 applications have been loaded; use their names again");
    }
    numbered_.emplace_back(application);
  }
  return static_cast<std::uint16_t>(index + 1);
}

OTP_DECL std::string application_environment::name_of(std::uint16_t number) const {
  const std::shared_lock lock{mutex_};
  return number == 0 || number > numbered_.size() ? std::string{} : numbered_[number - 1U];
}

OTP_DECL application_environment& current_environment(std::string_view operation) {
  auto& services = *current_core(operation).services;
  std::call_once(services.environment_made, [&] {
    services.environment = std::make_shared<application_environment>();
  });
  return *services.environment;
}

OTP_DECL config_changes changes_between(const configuration& before, const configuration& now) {
  config_changes changes;
  for (const auto& each : now.entries()) {
    const auto& old = before.entries();
    const auto at = std::find_if(old.begin(), old.end(),
                                 [&](const auto& entry) { return entry.name == each.name; });
    if (at == old.end()) {
      changes.added.emplace_back(each.name, each.value);
    } else if (at->value != each.value) {
      changes.changed.emplace_back(each.name, each.value);
    }
  }
  for (const auto& each : before.entries()) {
    if (!now.contains(each.name)) changes.removed.push_back(each.name);
  }
  const auto by_name = [](const auto& a, const auto& b) { return a.first < b.first; };
  std::sort(changes.changed.begin(), changes.changed.end(), by_name);
  std::sort(changes.added.begin(), changes.added.end(), by_name);
  std::sort(changes.removed.begin(), changes.removed.end());
  return changes;
}

}  // namespace otp::detail
