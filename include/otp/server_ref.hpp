// Typed ways to say which server is meant: a pid that knows the server's class, and a name.
#pragma once

#include <otp/detail/process_arena.hpp>
#include <otp/pid.hpp>

#include <compare>
#include <functional>
#include <string>
#include <utility>

namespace otp {

/// The pid of a process that runs the server `S`, returned by `start` and `start_link`.
///
/// A small copyable value that never dangles, like a pid. A request to a process that turns out to
/// run another server fails with the value reason "not a <S>", nothing else happens.
template <class S>
class server_ref {
 public:
  using server_type = S;

  server_ref() = default;
  /// Asserts that `id` runs an `S`; checked when a request is handled.
  explicit constexpr server_ref(const otp::pid& id) noexcept : id_{id} {}

  constexpr const otp::pid& pid() const noexcept { return id_; }
  explicit constexpr operator bool() const noexcept { return static_cast<bool>(id_); }
  friend constexpr auto operator<=>(const server_ref&, const server_ref&) = default;

 private:
  otp::pid id_;
};

/// A registered name that is held by a server `S`; accepted wherever a `server_ref` is. Looked up
/// each time it is used, so it follows a server through restarts.
template <class S>
struct name {
  using server_type = S;
  std::string value;
  friend auto operator<=>(const name&, const name&) = default;
};

}  // namespace otp

template <class S>
struct std::hash<otp::server_ref<S>> {
  std::size_t operator()(const otp::server_ref<S>& ref) const noexcept {
    return std::hash<otp::pid>{}(ref.pid());
  }
};

template <class S>
struct fmt::formatter<otp::server_ref<S>> : fmt::formatter<otp::pid> {
  template <class Context>
  typename Context::iterator format(const otp::server_ref<S>& ref, Context& context) const {
    return fmt::formatter<otp::pid>::format(ref.pid(), context);
  }
};
