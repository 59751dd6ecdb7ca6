// Tables that a process publishes for others to read without sending it a message; what ETS is for
// OTP's own services. One directory per runtime.
#pragma once

#include <otp/detail/type_name.hpp>
#include <otp/pid.hpp>

#include <array>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <utility>

namespace otp::detail {

/// Who has published which table. A process publishes at most one. Readers do not wait for each other.
/// Thread safety: every member may be called from any thread; the tables take care of themselves.
class published_tables {
 public:
  /// Makes `table` findable under its owner, until `withdraw`.
  template <class Table>
  void publish(const pid& owner, std::shared_ptr<Table> table) {
    auto& p = part_of(owner);
    const std::lock_guard lock{p.mutex};
    p.tables.insert_or_assign(owner, entry{type_tag<Table>(), std::move(table)});
  }

  /// Ends that. Whoever has found the table keeps it as long as needed.
  void withdraw(const pid& owner) {
    std::shared_ptr<void> last;  // destroyed after the lock is released
    auto& p = part_of(owner);
    const std::lock_guard lock{p.mutex};
    if (const auto at = p.tables.find(owner); at != p.tables.end()) {
      last = std::move(at->second.table);
      p.tables.erase(at);
    }
  }

  /// Returns the table of `owner` if it has published a `Table`, else nullptr.
  template <class Table>
  std::shared_ptr<Table> find(const pid& owner) const {
    const auto& p = parts_[owner.slot % parts_.size()];
    const std::shared_lock lock{p.mutex};
    const auto at = p.tables.find(owner);
    if (at == p.tables.end() || at->second.type != type_tag<Table>()) return nullptr;
    return std::static_pointer_cast<Table>(at->second.table);
  }

 private:
  struct entry {
    type_id type;
    std::shared_ptr<void> table;
  };
  struct alignas(64) part {
    mutable std::shared_mutex mutex;
    std::map<pid, entry> tables;
  };

  part& part_of(const pid& owner) noexcept { return parts_[owner.slot % parts_.size()]; }

  std::array<part, 16> parts_;
};

}  // namespace otp::detail
