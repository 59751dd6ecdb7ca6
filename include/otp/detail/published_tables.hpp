// Tables that a process publishes for others to read without sending it a message; what ETS is for
// OTP's own services. One directory per runtime.
#pragma once

#include <otp/detail/type_name.hpp>
#include <otp/pid.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace otp::detail {

/// Who has published which table. A process publishes at most one.
/// Thread safety: every member may be called from any thread; the tables take care of themselves.
class published_tables {
 public:
  /// Makes `table` findable under its owner, until `withdraw`.
  template <class Table>
  void publish(const pid& owner, std::shared_ptr<Table> table) {
    const std::lock_guard lock{mutex_};
    tables_.insert_or_assign(owner, entry{type_tag<Table>(), std::move(table)});
  }

  /// Ends that. Whoever has found the table keeps it as long as needed.
  void withdraw(const pid& owner) {
    std::shared_ptr<void> last;  // destroyed after the lock is released
    const std::lock_guard lock{mutex_};
    if (const auto at = tables_.find(owner); at != tables_.end()) {
      last = std::move(at->second.table);
      tables_.erase(at);
    }
  }

  /// Returns the table of `owner` if it has published a `Table`, else nullptr.
  template <class Table>
  std::shared_ptr<Table> find(const pid& owner) const {
    const std::lock_guard lock{mutex_};
    const auto at = tables_.find(owner);
    if (at == tables_.end() || at->second.type != type_tag<Table>()) return nullptr;
    return std::static_pointer_cast<Table>(at->second.table);
  }

 private:
  struct entry {
    type_id type;
    std::shared_ptr<void> table;
  };

  mutable std::mutex mutex_;
  std::map<pid, entry> tables_;
};

}  // namespace otp::detail
