// The environment of applications: their settings, which everybody may read and change while they
// run.
//
//     otp::put_env("shop", "currency", "EUR");
//     auto currency = otp::get_env<std::string>("shop", "currency", "USD");   // optional
//     auto port = otp::fetch_env<int>("shop", "port");                        // or throws
//
// Values come from the application's spec and, in a program made by otp::run, from its file, the
// environment and the command line; put_env changes them at once for everybody (L-026). Nobody is told:
// that is what application_controller::config_change is for (L-031). They stay when the application
// stops, and go when it is unloaded (L-028).
//
// In a process or on a thread that has entered a runtime. Thread safety: all functions.
#pragma once

#include <otp/config_value.hpp>
#include <otp/configuration.hpp>
#include <otp/detail/application_environment.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace otp {

/// Returns the settings of an application, each with its source; none if there is no such one.
configuration get_all_env(std::string_view application);

/// Returns a setting as `T` (a bool, a number, std::string, a duration, or a list of texts), nothing
/// when it has no value; `by_default` only when there is no such key (L-025). Throws
/// std::invalid_argument when it is of another type.
template <class T>
std::optional<T> get_env(std::string_view application, std::string_view key,
                         std::optional<T> by_default = std::nullopt) {
  const auto all = otp::get_all_env(application);
  return all.contains(key) ? all.find<T>(key) : std::move(by_default);
}

/// Returns a setting as `T`. Throws std::invalid_argument, with a text that says what to do, when
/// there is no such key, when it has no value or when it is of another type.
template <class T>
T fetch_env(std::string_view application, std::string_view key) {
  return otp::get_all_env(application).get<T>(key);
}

/// Returns a setting of whatever type, also one without a value; nothing if there is no such key.
std::optional<config_value> try_fetch_env(std::string_view application, std::string_view key);

/// Whether a value is to outlive a later load of the application (L-027).
struct env_options {
  bool persistent = false;
};

/// Sets a value, also of an application that is not loaded. Throws std::invalid_argument when the
/// application declares the key and the value is of another type or refused by its check.
void put_env(std::string_view application, std::string key, config_value value,
             env_options options = {});

/// Removes a setting; returns whether there was one.
bool delete_env(std::string_view application, std::string_view key);

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/application_env_impl.hpp>
#endif
