// Definitions of otp/registry.hpp that are longer than a line.
#pragma once

#include <otp/registry.hpp>

#include <cstdint>

namespace otp {

namespace detail {

/// Tells the listeners; names that nobody holds are passed over.
template <class State, class M>
void tell_listeners(const State& table, const M& message) {
  for (const auto& name : table.listeners) {
    if (const auto listener = otp::whereis(name)) send(listener, message);
  }
}

/// Registers the process `who`, and has it watched.
template <class Key, class Value>
result<pid, already_registered> register_process(const found_registry<Key, Value>& at,
                                                 const pid& who, Key key, Value value) {
  const auto added = at.table->add(key, who, value);
  if (added.holder) return failure{already_registered{added.holder}};
  if (added.first) cast(server_ref<registry<Key, Value>>{at.server}, watch_owner{who});
  if (!at.table->listeners.empty()) {
    tell_listeners(*at.table, key_registered<Key, Value>{at.table->name, std::move(key), who,
                                                         std::move(value)});
  }
  return at.server;
}

}  // namespace detail

template <registry_address A>
result<pid, already_registered> register_key(const A& registry, key_of<A> key, value_of<A> value) {
  const auto who = this_process::self();
  return detail::register_process(detail::registry_at(registry, "otp::register_key"), who,
                                  std::move(key), std::move(value));
}

template <registry_address A>
void unregister_key(const A& registry, const key_of<A>& key) {
  const auto who = this_process::self();
  const auto at = detail::registry_at(registry, "otp::unregister_key");
  if (!at.table->remove(key, who) || at.table->listeners.empty()) return;
  detail::tell_listeners(*at.table, key_unregistered<key_of<A>>{at.table->name, key, who});
}

template <registry_address A, std::predicate<const value_of<A>&> Is>
void unregister_match(const A& registry, const key_of<A>& key, Is is) {
  const auto who = this_process::self();
  const auto at = detail::registry_at(registry, "otp::unregister_match");
  std::vector<std::uint64_t> ages;
  // Nobody else changes what this process has, so it is still there afterwards.
  for (const auto& each : at.table->owned(key, who)) {
    if (is(each.value)) ages.push_back(each.age);
  }
  if (ages.empty() || !at.table->remove(key, who, &ages) || at.table->listeners.empty()) return;
  detail::tell_listeners(*at.table, key_unregistered<key_of<A>>{at.table->name, key, who});
}

template <registry_address A>
std::vector<value_of<A>> values(const A& registry, const key_of<A>& key, const pid& process) {
  std::vector<value_of<A>> found;
  for (auto& each : detail::registry_at(registry, "otp::values").table->owned(key, process)) {
    found.push_back(std::move(each.value));
  }
  return found;
}

template <registry_address A, std::invocable<const value_of<A>&> F>
std::optional<value_change<value_of<A>>> update_value(const A& registry, const key_of<A>& key,
                                                      F function) {
  const auto who = this_process::self();
  const auto at = detail::unique_registry_at(registry, "otp::update_value");
  auto own = at.table->owned(key, who);
  if (own.empty()) return std::nullopt;
  value_change<value_of<A>> change{function(std::as_const(own.front().value)),
                                   std::move(own.front().value)};
  at.table->replace(key, own.front().age, change.now);
  return change;
}

}  // namespace otp
