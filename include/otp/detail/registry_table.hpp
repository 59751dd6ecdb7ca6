// Who is registered under which key, and with which value. Knows nothing of processes beyond whether
// one is there; otp/registry.hpp makes a service of it.
#pragma once

#include <otp/detail/process_arena.hpp>
#include <otp/pid.hpp>

#include <algorithm>
#include <any>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace otp {

/// Whether a key of a registry is held by one process at most, or by any number, any number of times.
enum class registry_keys : std::uint8_t { unique, duplicate };

/// A process under a key, and the value that it gave. `Value` is copied out of the registry.
template <class Value>
struct registry_entry {
  pid process{};
  Value value{};
  friend bool operator==(const registry_entry&, const registry_entry&) = default;
};

/// The same with its key.
template <class Key, class Value>
struct registry_item {
  Key key{};
  pid process{};
  Value value{};
};

}  // namespace otp

namespace otp::detail {

/// Registrations, parted by key. Readers of one part do not wait for each other, and no reader waits
/// for a process.
///
/// A process that has died is not shown any more, from the moment before anybody is told of its death;
/// what it has left is removed later, and by key and process, so that a successor's entry stays.
/// The functions of users run outside of the locks, except hashing, comparing and copying.
/// Thread safety: every member may be called from any thread.
template <class Key, class Value>
class registry_table {
 public:
  using entry = registry_entry<Value>;
  using item = registry_item<Key, Value>;

  /// One registration, as its owner may change it.
  struct owned_value {
    std::uint64_t age;
    Value value;
  };

  registry_table(registry_keys kind, std::size_t parts)
      : kind_{kind}, count_{std::max<std::size_t>(parts, 1)}, parts_{new part[count_]} {}

  registry_keys kind() const noexcept { return kind_; }

  /// What came of `add`.
  struct addition {
    pid holder;          ///< Who has the key already; nobody: it was added.
    bool first = false;  ///< The process had nothing in this part before: somebody has to watch it.
  };

  addition add(const Key& key, const pid& who, Value value) {
    part& p = part_of(key);
    const std::lock_guard lock{p.mutex};
    auto& records = p.keys[key];
    if (kind_ == registry_keys::unique && !records.empty()) {
      if (is_there(records.front())) return {records.front().process, false};
      records.clear();
    }
    records.push_back({next_age_.fetch_add(1, std::memory_order_relaxed), who, std::move(value)});
    auto& owned = p.owned[who];
    owned.push_back(key);
    return {{}, owned.size() == 1};
  }

  /// Removes the registrations of `who` under `key` whose age is in `ages`, or all.
  bool remove(const Key& key, const pid& who,
              const std::vector<std::uint64_t>* ages = nullptr) {
    part& p = part_of(key);
    const std::lock_guard lock{p.mutex};
    return remove_in(p, key, who, ages);
  }

  /// Removes all that `who` has left.
  void remove_all(const pid& who) {
    for (std::size_t i = 0; i < count_; ++i) {
      part& p = parts_[i];
      const std::lock_guard lock{p.mutex};
      const auto at = p.owned.find(who);
      if (at == p.owned.end()) continue;
      const auto keys = std::move(at->second);
      p.owned.erase(at);
      for (const auto& key : keys) remove_in(p, key, who, nullptr);
    }
  }

  /// The process under a unique key, or nobody.
  pid find(const Key& key) const {
    const part& p = part_of(key);
    const std::shared_lock lock{p.mutex};
    const auto at = p.keys.find(key);
    if (at == p.keys.end() || at->second.empty() || !is_there(at->second.front())) return {};
    return at->second.front().process;
  }

  /// All under a key, the oldest first.
  std::vector<entry> lookup(const Key& key) const {
    std::vector<entry> found;
    visit(key, [&](const record& r) { found.push_back({r.process, r.value}); });
    return found;
  }

  /// What `who` has under a key, the oldest first.
  std::vector<owned_value> owned(const Key& key, const pid& who) const {
    std::vector<owned_value> found;
    visit(key, [&](const record& r) {
      if (r.process == who) found.push_back({r.age, r.value});
    });
    return found;
  }

  void replace(const Key& key, std::uint64_t age, Value value) {
    part& p = part_of(key);
    const std::lock_guard lock{p.mutex};
    const auto at = p.keys.find(key);
    if (at == p.keys.end()) return;
    for (auto& r : at->second) {
      if (r.age == age) r.value = std::move(value);
    }
  }

  /// The keys of `who`; one that it has twice is there twice.
  std::vector<Key> keys(const pid& who) const {
    std::vector<Key> found;
    if (!process_arena::is_there(who)) return found;
    for (std::size_t i = 0; i < count_; ++i) {
      const part& p = parts_[i];
      const std::shared_lock lock{p.mutex};
      if (const auto at = p.owned.find(who); at != p.owned.end()) {
        found.insert(found.end(), at->second.begin(), at->second.end());
      }
    }
    return found;
  }

  /// Everything, the oldest first.
  std::vector<item> all() const {
    std::map<std::uint64_t, item> by_age;
    for (std::size_t i = 0; i < count_; ++i) {
      const part& p = parts_[i];
      const std::shared_lock lock{p.mutex};
      for (const auto& [key, records] : p.keys) {
        for (const auto& r : records) {
          if (is_there(r)) by_age.emplace(r.age, item{key, r.process, r.value});
        }
      }
    }
    std::vector<item> found;
    found.reserve(by_age.size());
    for (auto& [age, each] : by_age) found.push_back(std::move(each));
    return found;
  }

  std::size_t count() const {
    std::size_t n = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      const part& p = parts_[i];
      const std::shared_lock lock{p.mutex};
      for (const auto& [key, records] : p.keys) {
        n += static_cast<std::size_t>(std::count_if(records.begin(), records.end(), is_there));
      }
    }
    return n;
  }

  // ---- values of the registry itself

  void put_meta(std::string key, std::any value) {
    const std::lock_guard lock{meta_mutex_};
    meta_.insert_or_assign(std::move(key), std::move(value));
  }
  std::any meta(std::string_view key) const {
    const std::shared_lock lock{meta_mutex_};
    const auto at = meta_.find(key);
    return at == meta_.end() ? std::any{} : at->second;
  }
  void delete_meta(std::string_view key) {
    const std::lock_guard lock{meta_mutex_};
    if (const auto at = meta_.find(key); at != meta_.end()) meta_.erase(at);
  }

 private:
  struct record {
    std::uint64_t age;
    pid process;
    Value value;
  };
  struct alignas(64) part {
    mutable std::shared_mutex mutex;
    std::unordered_map<Key, std::vector<record>> keys;
    std::unordered_map<pid, std::vector<Key>> owned;
  };

  static bool is_there(const record& r) noexcept { return process_arena::is_there(r.process); }

  part& part_of(const Key& key) const noexcept { return parts_[std::hash<Key>{}(key) % count_]; }

  template <class Visit>
  void visit(const Key& key, Visit each) const {
    const part& p = part_of(key);
    const std::shared_lock lock{p.mutex};
    const auto at = p.keys.find(key);
    if (at == p.keys.end()) return;
    for (const auto& r : at->second) {
      if (is_there(r)) each(r);
    }
  }

  static bool remove_in(part& p, const Key& key, const pid& who,
                        const std::vector<std::uint64_t>* ages) {
    const auto at = p.keys.find(key);
    if (at == p.keys.end()) return false;
    auto removed = std::erase_if(at->second, [&](const record& r) {
      return r.process == who &&
             (ages == nullptr || std::find(ages->begin(), ages->end(), r.age) != ages->end());
    });
    if (at->second.empty()) p.keys.erase(at);
    const bool any = removed != 0;
    const auto owner = p.owned.find(who);
    if (owner == p.owned.end()) return any;
    std::erase_if(owner->second, [&](const Key& k) { return removed != 0 && k == key && removed--; });
    if (owner->second.empty()) p.owned.erase(owner);
    return any;
  }

  const registry_keys kind_;
  const std::size_t count_;
  const std::unique_ptr<part[]> parts_;
  std::atomic<std::uint64_t> next_age_{0};
  mutable std::shared_mutex meta_mutex_;
  std::map<std::string, std::any, std::less<>> meta_;
};

}  // namespace otp::detail
