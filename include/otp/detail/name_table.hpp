// Registered names of one runtime (P-106 to P-116): sharded, so that look-ups rarely meet.
#pragma once

#include <otp/detail/process_arena.hpp>
#include <otp/pid.hpp>

#include <algorithm>
#include <array>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace otp::detail {

class name_table {
 public:
  /// Nobody when the name is free.
  pid find(std::string_view name) const {
    const auto& s = shard_of(name);
    const std::lock_guard lock{s.mutex};
    const auto found = s.names.find(name);
    return found == s.names.end() ? pid{} : found->second;
  }

  /// Returns the holder, and whether `id` has become it just now.
  std::pair<pid, bool> try_insert(std::string_view name, const pid& id) {
    auto& s = shard_of(name);
    const std::lock_guard lock{s.mutex};
    const auto [entry, inserted] = s.names.try_emplace(std::string{name}, id);
    return {entry->second, inserted};
  }

  /// Returns the holder: `id` itself when the name was free, else who has it.
  pid insert(std::string_view name, const pid& id) { return try_insert(name, id).first; }

  /// False when `id` does not hold the name.
  bool erase(std::string_view name, const pid& id) {
    auto& s = shard_of(name);
    const std::lock_guard lock{s.mutex};
    const auto found = s.names.find(name);
    if (found == s.names.end() || found->second != id) return false;
    s.names.erase(found);
    return true;
  }

  /// All names and holders, sorted by name.
  std::vector<std::pair<std::string, pid>> all() const {
    std::vector<std::pair<std::string, pid>> found;
    for (const auto& s : shards_) {
      const std::lock_guard lock{s.mutex};
      found.insert(found.end(), s.names.begin(), s.names.end());
    }
    std::sort(found.begin(), found.end());
    return found;
  }

 private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, pid, hash, std::equal_to<>> names;
  };

  const shard& shard_of(std::string_view name) const {
    return shards_[hash{}(name) % shards_.size()];
  }
  shard& shard_of(std::string_view name) { return shards_[hash{}(name) % shards_.size()]; }

  std::array<shard, 16> shards_;
};

}  // namespace otp::detail
