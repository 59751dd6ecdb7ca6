// Registered names of one runtime (P-106 to P-116): sharded, so that look-ups rarely meet.
#pragma once

#include <otp/detail/process_arena.hpp>
#include <otp/pid.hpp>

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
  pid find(std::string_view name) const;

  /// Returns the holder, and whether `id` has become it just now.
  std::pair<pid, bool> try_insert(std::string_view name, const pid& id);

  /// Returns the holder: `id` itself when the name was free, else who has it.
  pid insert(std::string_view name, const pid& id) { return try_insert(name, id).first; }

  /// False when `id` does not hold the name.
  bool erase(std::string_view name, const pid& id);

  /// All names and holders, sorted by name.
  std::vector<std::pair<std::string, pid>> all() const;

 private:
  struct hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view s) const { return std::hash<std::string_view>{}(s); }
  };
  struct shard {
    mutable std::mutex mutex;
    std::unordered_map<std::string, pid, hash, std::equal_to<>> names;
  };

  const shard& shard_of(std::string_view name) const;
  shard& shard_of(std::string_view name);

  std::array<shard, 16> shards_;
};

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/name_table_impl.hpp>
#endif
