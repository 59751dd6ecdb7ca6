// How the partitions of a supervisor are made and found.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/context.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/partition_supervisor.hpp>

#include <fmt/format.h>

#include <memory>
#include <mutex>
#include <shared_mutex>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace otp::detail {

/// Who is the process of each partition. Written by the supervisor, read by everybody.
class partition_table {
 public:
  explicit partition_table(std::size_t count) : processes_(count) {}

  void set(std::size_t partition, const pid& process) {
    const std::lock_guard lock{mutex_};
    processes_[partition] = process;
  }
  pid find(std::uint64_t key) const {
    const std::shared_lock lock{mutex_};
    return processes_[key % processes_.size()];
  }
  std::size_t size() const noexcept { return processes_.size(); }

 private:
  mutable std::shared_mutex mutex_;
  std::vector<pid> processes_;
};

/// The table of one run of the supervisor, to be found as long as its specs live.
class partition_publication {
 public:
  explicit partition_publication(std::size_t count)
      : table_{std::make_shared<partition_table>(count)} {}
  partition_publication(const partition_publication&) = delete;
  partition_publication& operator=(const partition_publication&) = delete;
  ~partition_publication() {
    if (const auto core = core_.lock()) core->services->tables.withdraw(owner_);
  }

  /// In the supervisor: its partition was started.
  void started(std::size_t partition, const pid& process) {
    if (!owner_) {
      auto& core = current_core("otp::partition_supervisor");
      core_ = core.weak_from_this();
      owner_ = this_process::self();
      core.services->tables.publish(owner_, table_);
    }
    table_->set(partition, process);
  }

 private:
  std::shared_ptr<partition_table> table_;
  std::weak_ptr<runtime_core> core_;
  pid owner_;
};

OTP_DECL void require_partitions(const partition_supervisor_spec& spec) {
  if (spec.name.empty()) {
    throw std::invalid_argument{
        "otp::partition_supervisor: the spec has no .name, by which its partitions are found"};
  }
  if (!spec.child) {
    throw std::invalid_argument{
        fmt::format("otp::partition_supervisor: the spec of \"{}\" has no .child: give it a "
                    "function that makes "
                    "the child spec of a partition",
                    spec.name)};
  }
}

/// The spec of one run.
OTP_DECL supervisor_spec partitioned(const partition_supervisor_spec& from) {
  const auto count = from.partitions != 0
                         ? from.partitions
                         : current_core("otp::partition_supervisor").workers.size();
  const auto publication = std::make_shared<partition_publication>(count);
  supervisor_spec made{.name = from.name,
                       .strategy = from.strategy,
                       .intensity = from.intensity,
                       .backoff = from.backoff};
  for (std::size_t i = 0; i < count; ++i) {
    auto spec = from.child(i);
    spec.id = std::to_string(i);
    if (spec.start) {
      spec.start = [publication, i, start = std::move(spec.start)] {
        auto outcome = start();
        publication->started(i, outcome ? *outcome : pid{});
        return outcome;
      };
    }
    made.children.push_back(std::move(spec));
  }
  return made;
}

OTP_DECL std::shared_ptr<const partition_table> partitions_of(std::string_view supervisor) {
  const auto& core = current_core("otp::partition");
  return core.services->tables.template find<partition_table>(core.names.find(supervisor));
}

OTP_DECL pid find_partition(const std::string& supervisor, std::uint64_t key) {
  const auto table = partitions_of(supervisor);
  return table == nullptr ? pid{} : table->find(key);
}

}  // namespace otp::detail

namespace otp {

OTP_DECL start_result<supervisor> try_start_link(partition_supervisor_spec spec) {
  detail::require_partitions(spec);
  return try_start_link(detail::partitioned(spec));
}

OTP_DECL server_ref<supervisor> start_link(partition_supervisor_spec spec) {
  return detail::started_or_throw(try_start_link(std::move(spec)));
}

OTP_DECL child_spec child(partition_supervisor_spec spec) {
  detail::require_partitions(spec);
  child_spec outer{.id = spec.name, .type = child_type::supervisor};
  outer.start = [spec = std::move(spec)] { return detail::started_pid(try_start_link(spec)); };
  return outer;
}

OTP_DECL std::size_t partitions(std::string_view supervisor) {
  const auto table = detail::partitions_of(supervisor);
  if (table == nullptr) {
    throw std::invalid_argument{fmt::format(
        "otp::partitions: no partition supervisor is registered as \"{}\"", supervisor)};
  }
  return table->size();
}

}  // namespace otp
