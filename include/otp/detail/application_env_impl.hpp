// The environment of applications, of the calling process's runtime.
#pragma once

#include <otp/application_env.hpp>
#include <otp/config.hpp>
#include <otp/detail/application_environment.hpp>

#include <utility>

namespace otp {

OTP_DECL configuration get_all_env(std::string_view application) {
  return detail::current_environment("otp::get_all_env").all(application);
}

OTP_DECL std::optional<config_value> try_fetch_env(std::string_view application,
                                                   std::string_view key) {
  const auto all = get_all_env(application);
  for (const auto& each : all.entries()) {
    if (each.name == key) return each.value;
  }
  return std::nullopt;
}

OTP_DECL void put_env(std::string_view application, std::string key, config_value value,
                      env_options options) {
  detail::current_environment("otp::put_env")
      .put(application, key, std::move(value), {config_origin::put_env, {}}, options.persistent);
}

OTP_DECL bool delete_env(std::string_view application, std::string_view key) {
  return detail::current_environment("otp::delete_env").erase(application, key);
}

}  // namespace otp
