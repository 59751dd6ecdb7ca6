// How names are looked up, taken and freed.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/name_table.hpp>

#include <algorithm>
#include <functional>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp::detail {

OTP_DECL pid name_table::find(std::string_view name) const {
  const auto& s = shard_of(name);
  const std::lock_guard lock{s.mutex};
  const auto found = s.names.find(name);
  return found == s.names.end() ? pid{} : found->second;
}

OTP_DECL std::pair<pid, bool> name_table::try_insert(std::string_view name, const pid& id) {
  auto& s = shard_of(name);
  const std::lock_guard lock{s.mutex};
  const auto [entry, inserted] = s.names.try_emplace(std::string{name}, id);
  return {entry->second, inserted};
}

OTP_DECL bool name_table::erase(std::string_view name, const pid& id) {
  auto& s = shard_of(name);
  const std::lock_guard lock{s.mutex};
  const auto found = s.names.find(name);
  if (found == s.names.end() || found->second != id) return false;
  s.names.erase(found);
  return true;
}

OTP_DECL std::vector<std::pair<std::string, pid>> name_table::all() const {
  std::vector<std::pair<std::string, pid>> found;
  for (const auto& s : shards_) {
    const std::lock_guard lock{s.mutex};
    found.insert(found.end(), s.names.begin(), s.names.end());
  }
  std::sort(found.begin(), found.end());
  return found;
}

OTP_DECL const name_table::shard& name_table::shard_of(std::string_view name) const {
  return shards_[hash{}(name) % shards_.size()];
}

OTP_DECL name_table::shard& name_table::shard_of(std::string_view name) {
  return shards_[hash{}(name) % shards_.size()];
}

}  // namespace otp::detail
