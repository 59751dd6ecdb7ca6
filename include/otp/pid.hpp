// The identity of a process: `otp::pid`, and the small references handed out beside it.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/text_formatter.hpp>

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace otp {

/// Names one process for ever; a small trivially copyable value.
///
/// A pid never becomes dangling: sending to a process that is gone loses the message (P-010), and
/// no later process is ever given the same pid (P-013). The default value names nobody.
/// Thread safety: a value like an integer.
struct OTP_VISIBLE pid {
  std::uint32_t node = 0;    ///< 0 is this node.
  std::uint32_t slot = 0;    ///< Where the process lives; reused after its death.
  std::uint64_t serial = 0;  ///< Never reused; 0 is nobody.

  /// True when this pid was given to a process, alive or not.
  explicit constexpr operator bool() const noexcept { return serial != 0; }

  /// Orders by age within one runtime: the older process comes first.
  friend constexpr std::strong_ordering operator<=>(const pid& a, const pid& b) noexcept {
    if (const auto by_node = a.node <=> b.node; by_node != 0) return by_node;
    if (const auto by_age = a.serial <=> b.serial; by_age != 0) return by_age;
    return a.slot <=> b.slot;
  }
  friend constexpr bool operator==(const pid&, const pid&) noexcept = default;
};

/// Names one monitor; never reused within its runtime. Compared and hashed like an integer.
enum class OTP_VISIBLE monitor_ref : std::uint64_t {};

namespace detail {

std::string pid_text(const pid& id);

}  // namespace detail

}  // namespace otp

template <>
struct std::hash<otp::pid> {
  /// Hashes the serial, not an address, so that a seeded run repeats itself.
  std::size_t operator()(const otp::pid& p) const noexcept {
    return static_cast<std::size_t>(p.serial * 0x9E3779B97F4A7C15ULL);
  }
};

/// Prints `<node.count>`, the count being the process's number within its runtime; with the format
/// options of a string.
template <>
struct fmt::formatter<otp::pid> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::pid& p, Context& context) const {
    return write(otp::detail::pid_text(p), context);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/pid_impl.hpp>
#endif
