// What the scenarios of applications share: how answers of the application controller and settings
// read.
#pragma once

#include "conformance/harness.hpp"
#include <otp/application_controller.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace conformance {

namespace applications = otp::application_controller;
using otp::application_error;

/// `error(not_started(app_b))`, or for a failed start `error(boom,start)`, as a call of the callback
/// stands in the original.
inline std::string text(const application_error& error) {
  if (error.what != otp::application_refusal::start_failed) {
    return fmt::format("error({}({}))", otp::to_string(error.what), error.application);
  }
  if (const auto* const threw = error.reason.get<otp::start_threw>()) {
    return fmt::format("error(bad_return(start,exit_of({})))", reason(threw->reason));
  }
  return fmt::format("error({},start)", reason(error.reason));
}

inline std::string text(const otp::result<void, application_error>& answer) {
  return answer ? "ok" : text(answer.error());
}

inline std::string text(const std::vector<std::string>& words) {
  return fmt::format("[{}]", fmt::join(words, ","));
}

inline std::string text(const otp::result<std::vector<std::string>, application_error>& answer) {
  return answer ? fmt::format("ok({})", text(*answer)) : text(answer.error());
}

/// A setting: `nil` if it has no value.
inline std::string text(const otp::config_value& value) {
  if (!value.is_set()) return "nil";
  const auto* const word = value.get<std::string>();
  return word != nullptr ? *word : value.to_toml();
}

/// What fetch_env says in OTP: `ok(1)` or `error`.
inline std::string fetched(std::string_view application, std::string_view key) {
  const auto value = otp::try_fetch_env(application, key);
  return value ? fmt::format("ok({})", text(*value)) : "error";
}

inline bool is_named(const std::vector<otp::application_info>& all, std::string_view name) {
  return std::any_of(all.begin(), all.end(), [&](const auto& each) { return each.name == name; });
}

inline bool is_running(std::string_view name) {
  return is_named(applications::started_applications(), name);
}

inline std::vector<std::string> running() {
  std::vector<std::string> names;
  for (const auto& each : applications::started_applications()) names.push_back(each.name);
  std::sort(names.begin(), names.end());
  return names;
}

/// Loads an application of class `A` under a name of the scenario.
template <class A, class... V>
void load_as(std::string_view name, std::vector<std::string> needs, V... arguments) {
  auto spec = otp::spec_of<A>(std::move(arguments)...);
  spec.name = word(name);
  spec.applications = std::move(needs);
  applications::load(std::move(spec)).value();
}

}  // namespace conformance
