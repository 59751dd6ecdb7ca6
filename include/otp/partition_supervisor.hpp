// The same child many times, so that what one process would do one after the other is done side by
// side, and a key leads to the child that is responsible for it.
//
//     otp::start_link(otp::partition_supervisor_spec{
//         .name = "counters", .child = [](std::size_t) { return otp::child<counter>(); }});
//     otp::call(otp::partition<counter>("counters", user_id), counter::increment{});
//
// The children are those of an ordinary otp::supervisor with the ids "0", "1"... A partition that
// crashes is started again; until then calls to its keys fail with noproc (N-007, N-008).
#pragma once

#include <otp/supervisor.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <utility>

namespace otp {

/// A partition supervisor, as data.
struct partition_supervisor_spec {
  std::string name{};          ///< Must be given: the partitions are found by it (N-003).
  std::size_t partitions = 0;  ///< How many; 0: as many as the runtime has threads (N-002).
  /// Makes the spec of the partition with the given number, from 0 on; its id is replaced by the
  /// number. Must be given (N-003, N-006).
  std::function<child_spec(std::size_t)> child{};
  otp::strategy strategy = otp::strategy::one_for_one;
  restart_intensity intensity{};
  restart_backoff backoff{};  ///< By default restarts follow at once.
};

/// Starts the supervisor and its partitions in order, its parent being the calling process (N-001).
/// Throws std::invalid_argument if the spec lacks its name or its child, and start_error as a
/// supervisor does. In a process.
server_ref<supervisor> start_link(partition_supervisor_spec spec);
/// As start_link; what would be a start_error is returned. In a process.
start_result<supervisor> try_start_link(partition_supervisor_spec spec);

/// A partition supervisor as a child. Throws std::invalid_argument as start_link does.
child_spec child(partition_supervisor_spec spec);

/// How many partitions the supervisor has (N-009). Throws std::invalid_argument if no partition
/// supervisor has the name. Any thread that has entered a runtime.
std::size_t partitions(std::string_view supervisor);

namespace detail {

pid find_partition(const std::string& supervisor, std::uint64_t key);

template <class Key>
std::uint64_t partition_key(const Key& key) {
  if constexpr (std::unsigned_integral<Key>) {
    return key;
  } else if constexpr (std::signed_integral<Key>) {
    const auto number = static_cast<std::int64_t>(key);
    // The magnitude, also of the lowest number, which has no positive counterpart.
    return number < 0 ? ~static_cast<std::uint64_t>(number) + 1
                      : static_cast<std::uint64_t>(number);
  } else if constexpr (std::convertible_to<const Key&, std::string_view>) {
    return std::hash<std::string_view>{}(key);
  } else {
    return std::hash<Key>{}(key);
  }
}

}  // namespace detail

/// The partition that is responsible for a key, a server of class `S`; made by `partition`.
/// Accepted wherever a server_ref is; found each time it is used.
template <class S>
class partition_name {
 public:
  using server_type = S;

  partition_name(std::string supervisor, std::uint64_t key)
      : supervisor_{std::move(supervisor)}, key_{key} {}

  /// The process of the partition; nobody while it is down, or if there is no such partition
  /// supervisor (N-008).
  pid whereis() const { return detail::find_partition(supervisor_, key_); }

  /// For people.
  std::string to_string() const { return "a partition of " + supervisor_; }

 private:
  std::string supervisor_;
  std::uint64_t key_;
};

/// Names the partition of the supervisor with that name that is responsible for `key`: for an
/// integer the remainder of its absolute value by the number of partitions (N-004), else that of
/// std::hash (N-005). The same key leads to the same partition as long as the program runs.
template <class S, class Key>
partition_name<S> partition(std::string supervisor, const Key& key) {
  return {std::move(supervisor), detail::partition_key(key)};
}

/// The process of that partition, or nobody.
template <class S>
pid whereis(const partition_name<S>& name) {
  return name.whereis();
}

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/partition_supervisor_impl.hpp>
#endif
