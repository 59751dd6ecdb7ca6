// A shared immutable value that many threads read while a few replace it.
#pragma once

#include <memory>
#include <mutex>
#include <utility>

namespace otp::detail {

/// Holds the current version of a `T`. Readers get the version of the moment and keep it as long as
/// they like; writers build the next one from it. A writer never waits for readers, and a reader
/// only for the copy of a pointer, so readers may do anything with their version: call, wait, or
/// replace it themselves.
///
/// Not std::atomic<std::shared_ptr>: libstdc++ 12 implements it with a lock of its own that
/// ThreadSanitizer cannot see through. Callers that are hot keep an atomic beside it that tells
/// them when there is nothing to read.
template <class T>
class snapshot {
 public:
  /// Returns the current version; never nullptr. Keep it in a variable: in `for (x : *load())` it
  /// would be gone before the loop begins.
  std::shared_ptr<const T> load() const {
    const std::lock_guard lock{pointer_mutex_};
    return current_;
  }

  /// Calls `change(T&)` on a copy of the current version and publishes the copy if it returns true.
  /// Writers go one after another; `change` must not call back here. Returns what `change`
  /// returned.
  template <class Change>
  bool update(Change&& change) {
    // Declared first: the old version may hold the last reference to objects of users, whose
    // destructors may call back here, so it must go when both locks are released.
    std::shared_ptr<const T> version;
    const std::lock_guard one_writer{writer_mutex_};
    auto next = std::make_shared<T>(*load());
    if (!std::forward<Change>(change)(*next)) return false;
    version = std::move(next);
    const std::lock_guard lock{pointer_mutex_};
    current_.swap(version);
    return true;
  }

 private:
  std::mutex writer_mutex_;
  mutable std::mutex pointer_mutex_;
  std::shared_ptr<const T> current_ = std::make_shared<const T>();
};

}  // namespace otp::detail
