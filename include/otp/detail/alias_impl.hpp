// How aliases are opened and closed.
#pragma once

#include <otp/alias.hpp>
#include <otp/config.hpp>
#include <otp/detail/context.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace otp::detail {

inline void open_alias(process& self, std::uint64_t number, alias_closing closing) {
  rarely_related(self).aliases.try_emplace(number, closing);
}

inline monitor_alias start_monitor(process& self, const pid& target, std::string name,
                                   monitor_alias_kind kind) {
  const monitor_alias made{self.id(), start_monitor(self, target, std::move(name))};
  open_alias(self, made.number(),
             {.by_reply = kind == monitor_alias_kind::reply_demonitor,
              .with_monitor = kind != monitor_alias_kind::explicit_unalias});
  return made;
}

}  // namespace otp::detail

namespace otp {

OTP_DECL alias_ref alias(alias_kind kind) {
  auto& self = detail::require_process("otp::alias");
  const alias_ref made{self.id(), self.core().next_reference()};
  detail::open_alias(self, made.number(), {.by_reply = kind == alias_kind::reply});
  return made;
}

OTP_DECL monitor_alias monitor(const pid& target, monitor_alias_kind kind) {
  return detail::start_monitor(detail::require_process("otp::monitor"), target, {}, kind);
}

OTP_DECL monitor_alias monitor(std::string_view name, monitor_alias_kind kind) {
  auto& self = detail::require_process("otp::monitor");
  return detail::start_monitor(self, self.core().names.find(name), std::string{name}, kind);
}

OTP_DECL bool unalias(const alias_ref& alias) {
  auto& self = detail::require_process("otp::unalias");
  auto* const rare = detail::rare_of(self);
  return alias.owner() == self.id() && rare != nullptr && rare->aliases.erase(alias.number());
}

}  // namespace otp
