// The process of a registry: owns its table, and removes what processes leave behind when they die.
#pragma once

#include <otp/detail/published_tables.hpp>
#include <otp/detail/registry_table.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/gen_server.hpp>

#include <fmt/format.h>

#include <concepts>
#include <cstddef>
#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// How a registry works, beyond the kind of its keys.
struct registry_options {
  /// Names of processes that are told of each registration and of each explicit end of one, with
  /// `key_registered` and `key_unregistered`.
  std::vector<std::string> listeners{};
  std::size_t partitions = 16;  ///< Keys in different parts never wait for each other.
};

namespace detail {

template <class Key, class Value>
struct registry_state : registry_table<Key, Value> {
  using registry_table<Key, Value>::registry_table;
  std::string name;
  std::vector<std::string> listeners;
};

struct watch_owner {
  pid process;
};

}  // namespace detail

/// The service of otp/registry.hpp. `Key` has std::hash and `==`; both are copyable and sendable.
template <class Key, class Value = done>
class registry : public gen_server<registry<Key, Value>> {
  static_assert(sendable<Key> && sendable<Value>,
                "the keys and values of a registry are read by other processes: they may not hold "
                "references, raw pointers, string_view or span");

 public:
  using key_type = Key;
  using value_type = Value;

  explicit registry(registry_keys kind, const registry_options& how = {})
      : tables_{detail::current_core("otp::registry").services->tables},
        owner_{this_process::self()},
        state_{std::make_shared<detail::registry_state<Key, Value>>(kind, how.partitions)} {
    if (const auto names = this_process::names(); !names.empty()) state_->name = names.front();
    state_->listeners = how.listeners;
    tables_.publish(owner_, state_);
  }
  registry(const registry&) = delete;
  registry& operator=(const registry&) = delete;
  ~registry() { tables_.withdraw(owner_); }

  void handle_cast(detail::watch_owner added) {
    if (const auto [at, fresh] = watched_.try_emplace(added.process); fresh) {
      at->second = monitor(added.process);
    }
  }
  void handle_info(const down& gone) {
    watched_.erase(gone.process);
    state_->remove_all(gone.process);
  }

  std::string format_status() const {
    return fmt::format("{} entries of {} processes", state_->count(), watched_.size());
  }

 private:
  detail::published_tables& tables_;
  pid owner_;
  std::shared_ptr<detail::registry_state<Key, Value>> state_;
  std::map<pid, monitor_ref> watched_;
};

/// A server_ref or name of a registry.
template <class A>
concept registry_address = server_address<A> && std::same_as<
    typename A::server_type,
    registry<typename A::server_type::key_type, typename A::server_type::value_type>>;

/// The keys and values of the registry at `A`.
template <registry_address A>
using key_of = typename A::server_type::key_type;
template <registry_address A>
using value_of = typename A::server_type::value_type;

namespace detail {

/// A registry that is there, for one operation on it.
template <class Key, class Value>
struct found_registry {
  pid server;
  std::shared_ptr<registry_state<Key, Value>> table;
};

template <registry_address A>
found_registry<key_of<A>, value_of<A>> registry_at(const A& address, std::string_view operation) {
  using state = registry_state<key_of<A>, value_of<A>>;
  const pid server = address_of(address, operation);
  auto table = current_core(operation).services->tables.template find<state>(server);
  if (table == nullptr) {
    throw std::invalid_argument{fmt::format(
        "{}: no registry with these types of keys and values runs as \"{}\"; start one with "
        "otp::child<otp::registry<...>>",
        operation, describe_address(address))};
  }
  return {server, std::move(table)};
}

template <registry_address A>
auto unique_registry_at(const A& address, std::string_view operation) {
  auto found = registry_at(address, operation);
  if (found.table->kind() != registry_keys::unique) {
    throw std::invalid_argument{fmt::format(
        "{}: the registry has duplicate keys, so a key names no single process or value: use lookup or "
        "dispatch",
        operation)};
  }
  return found;
}

}  // namespace detail

}  // namespace otp
