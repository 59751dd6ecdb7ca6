// Aliases: addresses of a process that it can close, so that what still comes through them
// vanishes.
//
//     const auto answer = otp::alias(otp::alias_kind::reply);   // closed by the first message
//     otp::send(worker, work{.reply_to = answer});
//     otp::receive([](result r) { use(r); }, otp::after(1s, [&] { otp::unalias(answer); }));
//
// A message sent to an alias arrives as the plain message. Calls to servers need no alias: their
// late and second replies vanish by themselves (G-020).
#pragma once

#include <otp/config.hpp>
#include <otp/detail/relations.hpp>
#include <otp/detail/signals.hpp>
#include <otp/message.hpp>
#include <otp/pid.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <utility>

namespace otp {

/// Names one alias of one process; never reused. The default value is the alias of nobody.
/// Compared and hashed like a pid, and may be sent in messages.
class OTP_VISIBLE alias_ref {
 public:
  constexpr alias_ref() noexcept = default;
  constexpr alias_ref(const pid& owner, std::uint64_t number) noexcept
      : owner_{owner}, number_{number} {}

  /// Who gets what is sent to the alias.
  constexpr const pid& owner() const noexcept { return owner_; }

  /// What tells it from the other aliases of its owner's runtime.
  constexpr std::uint64_t number() const noexcept { return number_; }

  /// True when this is an alias that somebody made, active or not.
  explicit constexpr operator bool() const noexcept { return static_cast<bool>(owner_); }

  friend constexpr auto operator<=>(const alias_ref&, const alias_ref&) noexcept = default;

 private:
  pid owner_;
  std::uint64_t number_ = 0;
};

/// A monitor whose reference is an alias as well (P-085): used as a monitor_ref and as an
/// alias_ref.
class OTP_VISIBLE monitor_alias : public alias_ref {
 public:
  constexpr monitor_alias() noexcept = default;
  constexpr monitor_alias(const pid& owner, monitor_ref ref) noexcept
      : alias_ref{owner, static_cast<std::uint64_t>(ref)} {}

  /// The monitor; what `down::ref` says.
  constexpr monitor_ref ref() const noexcept { return monitor_ref{number()}; }
  constexpr operator monitor_ref() const noexcept { return ref(); }
};

/// When an alias that is no monitor is closed, beside by `unalias` and the end of its owner.
enum class alias_kind : std::uint8_t {
  explicit_unalias,  ///< Never.
  reply,             ///< When the first message through it is delivered (P-084).
};

/// When the alias of a monitor is closed, beside by `unalias` and the end of its owner.
enum class monitor_alias_kind : std::uint8_t {
  explicit_unalias,  ///< Never: it survives the monitor (P-087).
  demonitor,         ///< With the monitor: by `demonitor`, or when `down` is delivered (P-086).
  reply_demonitor,   ///< As demonitor; and the first message through it ends both (P-085).
};

/// Makes an alias of the calling process (P-081). In a process.
alias_ref alias(alias_kind kind = alias_kind::explicit_unalias);

/// Watches `target`, as `otp::monitor(target)` does, and makes an alias of the calling process that
/// is closed as `kind` says. To ask a process that is no server: it sends the answer to the alias;
/// with reply_demonitor either the answer comes or `down`, and nothing after it. In a process.
monitor_alias monitor(const pid& target, monitor_alias_kind kind);

/// As above, of whoever holds `name` now.
monitor_alias monitor(std::string_view name, monitor_alias_kind kind);

/// Closes an alias of the calling process: messages that are sent to it from now on vanish (P-082),
/// and so may those on their way; one that is in the mailbox already stays. A monitor goes on.
/// Returns whether it was active; false for an alias that was closed (P-083) and for another
/// process's. In a process.
bool unalias(const alias_ref& alias);

/// Sends `message` to the owner of `alias`, who gets it as any message, in order with what this
/// sender sends to its pid; lost if the alias is closed (P-082) or the owner has ended (P-088).
/// Never fails and never waits, also if the owner's mailbox is full. Any thread.
template <class M>
void send(const alias_ref& alias, M message) {
  detail::require_sendable<M>();
  auto* const p = detail::process_arena::find(alias.owner());
  if (p == nullptr) return;
  const auto serial = alias.owner().serial;
  detail::owned_envelope held{
      detail::make_envelope<detail::message_envelope<M>>(serial, std::move(message))};
  detail::deliver(*p, *detail::make_envelope<detail::alias_signal>(serial, alias.number(),
                                                                   std::move(held)));
}

}  // namespace otp

template <>
struct std::hash<otp::alias_ref> {
  std::size_t operator()(const otp::alias_ref& a) const noexcept {
    return static_cast<std::size_t>(a.number() * 0x9E3779B97F4A7C15ULL);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/alias_impl.hpp>
#endif
