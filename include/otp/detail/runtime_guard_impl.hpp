// The runtimes of the program that have not ended, and how many plain threads are inside of each.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/runtime_core.hpp>
#include <otp/detail/runtime_guard.hpp>

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <vector>

namespace otp::detail {

struct guarded_runtimes {
  std::mutex mutex;
  std::condition_variable left;
  std::vector<runtime_core*> all;

  /// Never destroyed: runtimes and threads may outlive static objects.
  static guarded_runtimes& instance() {
    static auto* const one = new guarded_runtimes;
    return *one;
  }
};

OTP_DECL runtime_guard::runtime_guard(std::uint64_t serial) : core_{nullptr} {
  auto& runtimes = guarded_runtimes::instance();
  const std::lock_guard lock{runtimes.mutex};
  for (auto* const core : runtimes.all) {
    if (!core->gave_out(serial)) continue;
    ++core->guards;
    core_ = core;
    return;
  }
}

OTP_DECL runtime_guard::~runtime_guard() {
  if (core_ == nullptr) return;
  auto& runtimes = guarded_runtimes::instance();
  const std::lock_guard lock{runtimes.mutex};
  if (--core_->guards == 0) runtimes.left.notify_all();
}

OTP_DECL void open_to_guards(runtime_core& core) {
  auto& runtimes = guarded_runtimes::instance();
  const std::lock_guard lock{runtimes.mutex};
  runtimes.all.push_back(&core);
}

OTP_DECL void close_to_guards(runtime_core& core) {
  auto& runtimes = guarded_runtimes::instance();
  std::unique_lock lock{runtimes.mutex};
  std::erase(runtimes.all, &core);
  runtimes.left.wait(lock, [&] { return core.guards == 0; });
}

}  // namespace otp::detail
