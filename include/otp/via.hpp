// Servers named through a registry: a key of any type instead of a text.
//
//     const otp::name<rooms_registry> rooms{"rooms"};
//     otp::start_link<room>({.name = otp::via<room>(rooms, "lobby")}, "food");
//     otp::call(otp::via<room>(rooms, "lobby"), room::history{});
//
// Otherwise as otp::name: looked up each time it is used, and accepted wherever a server_ref is.
#pragma once

#include <otp/gen_server.hpp>
#include <otp/registry.hpp>
#include <otp/server_name.hpp>

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>

namespace otp {

/// The server `S` that is registered under a key; made by `via`.
template <class S, registry_address A>
class via_name {
 public:
  using server_type = S;

  via_name(A registry, key_of<A> key, value_of<A> value)
      : registry_{std::move(registry)}, key_(std::move(key)), value_(std::move(value)) {}

  /// Who holds the key now, or nobody. Throws std::invalid_argument if there is no such registry, or
  /// its keys are duplicate.
  pid whereis() const { return otp::whereis(registry_, key_); }

  /// For people.
  std::string to_string() const {
    const auto where = detail::describe_address(registry_);
    if constexpr (fmt::is_formattable<key_of<A>>::value) {
      return fmt::format("{} in {}", key_, where);
    } else {
      return fmt::format("a key in {}", where);
    }
  }

  /// For the library: the right to take the key.
  std::shared_ptr<const detail::name_binding> binding() const {
    return std::make_shared<const registration>(*this);
  }

 private:
  struct registration final : detail::name_binding {
    explicit registration(via_name name) : under{std::move(name)} {}
    pid take(const pid& id) const override {
      auto taken = detail::register_process(
          detail::unique_registry_at(under.registry_, "otp::via"), id, under.key_, under.value_);
      return taken ? id : taken.error().holder;
    }
    std::string to_string() const override { return under.to_string(); }
    via_name under;
  };

  A registry_;
  key_of<A> key_;
  value_of<A> value_;
};

/// Names the server `S` that is registered under `key`. One that is started with this
/// name registers itself, with `value`, before its init runs; the registry must have unique keys. If
/// somebody has the key, the start fails with `already_started`.
template <class S, registry_address A>
via_name<S, A> via(A registry, key_of<A> key, value_of<A> value = {}) {
  return {std::move(registry), std::move(key), std::move(value)};
}

/// Who holds the key now, or nobody.
template <class S, registry_address A>
pid whereis(const via_name<S, A>& name) {
  return name.whereis();
}

}  // namespace otp
