// Which application a process belongs to.
#pragma once

#include <otp/application.hpp>
#include <otp/config.hpp>
#include <otp/detail/application_environment.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/process_arena.hpp>

namespace otp {

OTP_DECL std::optional<std::string> get_application(const pid& process) {
  const auto* const p = detail::process_arena::find(process);
  if (p == nullptr) return std::nullopt;
  auto name = detail::current_environment("otp::get_application")
                  .name_of(detail::application_of(*p));
  if (name.empty()) return std::nullopt;
  return name;
}

OTP_DECL std::optional<std::string> get_application() {
  const auto* const self = detail::current_process();
  return self == nullptr ? std::nullopt : get_application(self->id());
}

}  // namespace otp
