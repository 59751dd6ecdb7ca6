// What the functions of otp::sys do in the server.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/debugger.hpp>
#include <otp/detail/system_request.hpp>
#include <otp/sys.hpp>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace otp::detail {

OTP_DECL std::string sys_get_state(const system_target& target) {
  return perform(target, [](process& p) { return p.behaviour->describe(); });
}

OTP_DECL server_status sys_get_status(const system_target& target) {
  return perform(target, [](process& p) { return server_in(p).status(p); });
}

OTP_DECL void sys_suspend(const system_target& target, bool suspended) {
  perform(target, [suspended](process& p) { server_in(p).suspend(p, suspended); });
}

OTP_DECL void sys_statistics(const system_target& target, bool on) {
  perform(target, [on](process& p) {
    server_in(p).watch().count(p, on);
    server_in(p).settle();
  });
}

OTP_DECL std::optional<server_statistics> sys_get_statistics(const system_target& target) {
  return perform(target, [](process& p) -> std::optional<server_statistics> {
    const auto* const watched = server_in(p).watched();
    if (watched == nullptr) return std::nullopt;
    return watched->statistics(p);
  });
}

OTP_DECL void sys_log(const system_target& target, std::size_t size) {
  perform(target, [size](process& p) {
    server_in(p).watch().remember(size);
    server_in(p).settle();
  });
}

OTP_DECL std::vector<system_event> sys_get_log(const system_target& target) {
  return perform(target, [](process& p) {
    const auto* const watched = server_in(p).watched();
    return watched == nullptr ? std::vector<system_event>{} : watched->log();
  });
}

OTP_DECL void sys_print_log(const system_target& target) {
  perform(target, [](process& p) {
    const auto* const watched = server_in(p).watched();
    if (watched == nullptr) return;
    for (const auto& event : watched->log()) print_event(p, event);
  });
}

OTP_DECL void sys_trace(const system_target& target, bool on) {
  perform(target, [on](process& p) {
    server_in(p).watch().trace(on);
    server_in(p).settle();
  });
}

OTP_DECL bool sys_install(const system_target& target, std::unique_ptr<debug_function> function) {
  return perform(target, [f = std::move(function)](process& p) mutable {
    return server_in(p).watch().install(std::move(f));
  });
}

OTP_DECL bool sys_remove(const system_target& target, std::string id) {
  return perform(target, [id = std::move(id)](process& p) {
    const bool removed = server_in(p).watch().remove(id);
    server_in(p).settle();
    return removed;
  });
}

OTP_DECL void sys_no_debug(const system_target& target) {
  perform(target, [](process& p) {
    if (server_in(p).watched() == nullptr) return;
    server_in(p).watch() = {};
    server_in(p).settle();
  });
}

}  // namespace otp::detail
