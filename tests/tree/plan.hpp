// The tree that is shaken, as data: a root, five branches, their groups, and the workers of each.
//
//     root ─┬─ one_for_one ──┬─ one_for_one.0 ── w0, w1, ...
//           │                └─ one_for_one.1 ── ...
//           ├─ rest_for_one, one_for_all: the same with other strategies
//           ├─ dynamic ──────┬─ dynamic.0 ──┬─ dynamic.0.pool ── as many workers
//           │                               └─ dynamic.0.filler, who starts them
//           └─ partition ────┬─ partition.0 ── one worker for each partition
#pragma once

#include <otp/supervisor_spec.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

namespace tree {

enum class group_kind : std::uint8_t { one_for_one, rest_for_one, one_for_all, dynamic, partition };

inline constexpr std::array kinds{group_kind::one_for_one, group_kind::rest_for_one,
                                  group_kind::one_for_all, group_kind::dynamic,
                                  group_kind::partition};

std::string_view name_of(group_kind kind);

/// A supervisor with workers; its name is its id, too.
struct group {
  group_kind kind;
  std::string name;
  std::size_t first;  ///< The number of its first worker.
  std::size_t size;

  std::string pool() const { return name + ".pool"; }
  std::string filler() const { return name + ".filler"; }
};

struct branch {
  std::string name;
  std::vector<group> groups;
};

struct plan {
  std::vector<branch> branches;
  std::size_t workers;
};

/// A branch of each kind, with about twenty workers in a group. At least one worker for each branch.
plan make_plan(std::size_t workers);

/// Every tenth worker has a name; the others none.
std::string worker_name(std::size_t number);

/// What is counted while the tree is shaken, and who the workers are.
class census {
 public:
  explicit census(std::size_t workers) : processes_(workers) {}

  std::atomic<std::uint64_t> worker_starts{0};
  std::atomic<std::uint64_t> supervisor_starts{0};
  std::atomic<std::int64_t> workers_alive{0};  ///< Objects.
  std::atomic<std::uint64_t> kills{0};
  std::atomic<std::uint64_t> supervisor_kills{0};
  std::atomic<std::uint64_t> answered{0};  ///< Calls.
  std::atomic<std::uint64_t> failed{0};

  void is_now(std::size_t worker, const otp::pid& process) {
    const std::lock_guard lock{mutex_};
    processes_[worker] = process;
  }
  /// Who was started last with that number; it may have ended.
  otp::pid latest(std::size_t worker) const {
    const std::lock_guard lock{mutex_};
    return processes_[worker];
  }

 private:
  mutable std::mutex mutex_;
  std::vector<otp::pid> processes_;
};

using shared_census = std::shared_ptr<census>;

/// The whole tree, ready to start.
otp::supervisor_spec root_spec(const plan& of, const shared_census& counts);

}  // namespace tree
