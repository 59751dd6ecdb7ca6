// Registries: processes under keys of any type, with a value each; local, and emptied by death.
//
//     using rooms_registry = otp::registry<std::string, int>;             // key, value
//     // in a supervisor's children:
//     otp::child<rooms_registry>({.name = "rooms"}, otp::registry_keys::unique)
//     const otp::name<rooms_registry> rooms{"rooms"};
//     otp::register_key(rooms, "lobby", 7);                               // the calling process
//     for (auto& [process, value] : otp::lookup(rooms, "lobby")) ...
//
// With unique keys it gives servers names: see otp/via.hpp. With duplicate keys it is a local
// publish/subscribe whose messages are up to the caller: otp::dispatch.
//
// Looking up goes through no process and waits for none. A process that has died is not shown any
// more, before anybody is told of its death. The end of the registry loses its entries and tells
// nobody (unlike in OTP, where it ends those who have registered): put it before them under a
// rest_for_one supervisor.
//
// All functions throw std::invalid_argument when there is no such registry (R-001 of supervision), and
// not_a_process on a thread that has not entered a runtime.
#pragma once

#include <otp/detail/registry_server.hpp>
#include <otp/process.hpp>
#include <otp/result.hpp>

#include <any>
#include <concepts>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// The key is held by a process; perhaps the calling one.
struct already_registered {
  pid holder;
  friend bool operator==(const already_registered&, const already_registered&) = default;
};

/// Tells a listener that a key was registered.
template <class Key, class Value = done>
struct key_registered {
  std::string registry;  ///< The registry's name, empty if it has none.
  Key key;
  pid process;
  Value value;
};

/// Tells a listener that a key was unregistered. Nobody is told of what ends by death: monitor the
/// process for that.
template <class Key>
struct key_unregistered {
  std::string registry;
  Key key;
  pid process;
};

/// Registers the calling process under `key`, until it unregisters or ends; returns the registry's
/// process. With unique keys only if nobody alive has it, itself included; a process
/// may have several keys, with duplicate keys also several times the same. In a
/// process.
template <registry_address A>
result<pid, already_registered> register_key(const A& registry, key_of<A> key,
                                             value_of<A> value = {});

/// Ends the registrations of the calling process under `key`; those of others stay, and none is no
/// error. In a process.
template <registry_address A>
void unregister_key(const A& registry, const key_of<A>& key);

/// Ends those of them whose value fulfils `is(const Value&)`. In a process.
template <registry_address A, std::predicate<const value_of<A>&> Is>
void unregister_match(const A& registry, const key_of<A>& key, Is is);

/// The processes under `key` and their values, the oldest registration first; with unique keys one
/// at most.
template <registry_address A>
std::vector<registry_entry<value_of<A>>> lookup(const A& registry, const key_of<A>& key) {
  return detail::registry_at(registry, "otp::lookup").table->lookup(key);
}

/// The process under a unique key, or nobody. Cheaper than lookup: copies no value. Throws
/// std::invalid_argument if the keys are duplicate.
template <registry_address A>
pid whereis(const A& registry, const key_of<A>& key) {
  return detail::unique_registry_at(registry, "otp::whereis").table->find(key);
}

/// Calls `function(std::span<const registry_entry<Value>>)` once with all entries of the key, in the
/// caller; not when there are none. An exception passes to the caller.
template <registry_address A, class F>
  requires std::invocable<F&, std::span<const registry_entry<value_of<A>>>>
void dispatch(const A& registry, const key_of<A>& key, F function) {
  const auto entries = lookup(registry, key);
  if (!entries.empty()) function(std::span<const registry_entry<value_of<A>>>{entries});
}

/// The keys of a process; one that it has twice is there twice. Without an order.
template <registry_address A>
std::vector<key_of<A>> keys(const A& registry, const pid& process) {
  return detail::registry_at(registry, "otp::keys").table->keys(process);
}

/// The values that a process has under a key, the oldest first.
template <registry_address A>
std::vector<value_of<A>> values(const A& registry, const key_of<A>& key, const pid& process);

/// A changed value.
template <class Value>
struct value_change {
  Value now;
  Value before;
};

/// Replaces the value of the calling process under a unique key by `function(const Value&)`; nothing
/// if it does not hold the key. Throws std::invalid_argument if the keys are duplicate. In a
/// process.
template <registry_address A, std::invocable<const value_of<A>&> F>
std::optional<value_change<value_of<A>>> update_value(const A& registry, const key_of<A>& key,
                                                      F function);

/// The number of entries. Looks at each.
template <registry_address A>
std::size_t count(const A& registry) {
  return detail::registry_at(registry, "otp::count").table->count();
}

/// The entries of a key whose value fulfils `is(const Value&)`, the oldest first.
template <registry_address A, std::predicate<const value_of<A>&> Is>
std::vector<registry_entry<value_of<A>>> match(const A& registry, const key_of<A>& key, Is is) {
  auto entries = lookup(registry, key);
  std::erase_if(entries, [&](const auto& each) { return !is(std::as_const(each.value)); });
  return entries;
}
/// Their number.
template <registry_address A, std::predicate<const value_of<A>&> Is>
std::size_t count_match(const A& registry, const key_of<A>& key, Is is) {
  return match(registry, key, std::move(is)).size();
}

/// All entries that fulfil `is(const registry_item<Key, Value>&)`, the oldest first. Looks at each.
template <registry_address A, std::predicate<const registry_item<key_of<A>, value_of<A>>&> Is>
std::vector<registry_item<key_of<A>, value_of<A>>> select(const A& registry, Is is) {
  auto items = detail::registry_at(registry, "otp::select").table->all();
  std::erase_if(items, [&](const auto& each) { return !is(each); });
  return items;
}

/// Keeps a value with the registry itself, for everybody to read. `T` is copied out by `meta`.
template <class T, registry_address A>
void put_meta(const A& registry, std::string key, T value) {
  detail::registry_at(registry, "otp::put_meta").table->put_meta(std::move(key), std::move(value));
}
/// That value; nothing if there is none, or it is not exactly a `T`.
template <class T, registry_address A>
std::optional<T> meta(const A& registry, std::string_view key) {
  const auto found = detail::registry_at(registry, "otp::meta").table->meta(key);
  const auto* const value = std::any_cast<T>(&found);
  return value == nullptr ? std::nullopt : std::optional<T>{*value};
}
/// Removes it; none is no error.
template <registry_address A>
void delete_meta(const A& registry, std::string_view key) {
  detail::registry_at(registry, "otp::delete_meta").table->delete_meta(key);
}

}  // namespace otp

template <>
struct fmt::formatter<otp::already_registered> {
  constexpr auto parse(format_parse_context& context) { return context.begin(); }
  template <class Context>
  auto format(const otp::already_registered& value, Context& context) const {
    return fmt::format_to(context.out(), "already_registered({})", value.holder);
  }
};

#include <otp/detail/registry_impl.hpp>
