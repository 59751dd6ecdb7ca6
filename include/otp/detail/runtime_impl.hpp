// How a runtime starts, stops and reports.
#pragma once

#include <otp/config.hpp>
#include <otp/detail/external_wait.hpp>
#include <otp/detail/runtime_guard.hpp>
#include <otp/detail/runtime_services.hpp>
#include <otp/log_handlers.hpp>
#include <otp/runtime.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

namespace otp {

// Here, and not beside its other functions: a worker has to be complete for these.
OTP_DECL detail::runtime_core::runtime_core(std::size_t stack_size, environment* replacement)
    : stacks{stack_size}, outside{replacement}, incarnation_{next_incarnation()} {
  open_to_guards(*this);
}

OTP_DECL detail::runtime_core::~runtime_core() { close_to_guards(*this); }

OTP_DECL std::int64_t detail::runtime_core::live() const noexcept {
  // The ends first. Of a process that lives there is a line of creators, and one in it is the first
  // whose end is not among those: that of its creator is, and came after its beginning, which is
  // therefore seen now. So it counts, and the difference is 0 only when nobody lives.
  auto ended = outsider_lives.ended();
  for (const auto& w : workers) ended += w->lives().ended();
  auto began = outsider_lives.began();
  for (const auto& w : workers) began += w->lives().began();
  return began - ended;
}

struct runtime::scheduler_threads {
  std::vector<std::thread> all;
};

OTP_DECL runtime::runtime(runtime_options options)
    : core_{std::make_shared<detail::runtime_core>(options.stack_size, nullptr)} {
  set_up(options);
  const auto count =
      options.threads != 0 ? options.threads : std::max(1U, std::thread::hardware_concurrency());
  core_->is_lone = count == 1;
  for (unsigned i = 0; i < count; ++i) {
    core_->workers.push_back(std::make_unique<detail::worker>(*core_, i, count));
  }
  threads_ = std::make_unique<scheduler_threads>();
  threads_->all.reserve(count);
  for (const auto& w : core_->workers) {
    threads_->all.emplace_back([worker = w.get()] { worker->run_thread(); });
  }
}

OTP_DECL runtime::runtime(boost::asio::any_io_executor host, runtime_options options)
    : core_{std::make_shared<detail::runtime_core>(options.stack_size, nullptr)} {
  set_up(options);
  core_->workers.push_back(std::make_unique<detail::worker>(*core_, 0, std::move(host)));
}

OTP_DECL runtime::runtime(std::unique_ptr<detail::environment> world, runtime_options options)
    : world_{std::move(world)},
      core_{std::make_shared<detail::runtime_core>(options.stack_size, world_.get())} {
  set_up(options);
  core_->workers.push_back(std::make_unique<detail::worker>(*core_, 0, 1));
}

OTP_DECL runtime::~runtime() {
  stop(std::chrono::nanoseconds::max());
  detail::close_to_guards(*core_);
  // A plain thread that scheduled the last process may still be inside.
  { const std::lock_guard lock{core_->injector_mutex}; }
  core_->stopping.store(true, std::memory_order_seq_cst);
  for (const auto& w : core_->workers) w->stop();
  if (threads_) {
    for (auto& thread : threads_->all) thread.join();
  } else {
    for (const auto& w : core_->workers) w->retire_guest();
  }
  core_->blocking_pool.reset();
  detail::process_arena::instance().give(core_->outsider_slots, core_->outsider_slots.size());
}

OTP_DECL bool runtime::stop(std::chrono::nanoseconds deadline) {
  const auto start = std::chrono::steady_clock::now();
  auto warned = start;
  while (core_->live() != 0) {
    detail::kill_everyone(*core_);
    if (!threads_) {
      for (const auto& w : core_->workers) {
        w->run_slice(false);
        w->drive_host();
      }
      if (core_->outside != nullptr)
        core_->outside->drive(std::numeric_limits<std::int64_t>::max());
    } else {
      std::this_thread::sleep_for(std::chrono::microseconds{50});
    }
    const auto now = std::chrono::steady_clock::now();
    if (now - start > deadline) return false;
    if (now - warned > std::chrono::seconds{5}) {
      warned = now;
      core_->warn(fmt::format("stop waits for {} processes: {}", core_->live(),
                              detail::describe_everyone(*core_)));
    }
  }
  return true;
}

OTP_DECL logger& runtime::log() noexcept { return core_->services->log; }

OTP_DECL telemetry_table& runtime::telemetry() noexcept { return core_->services->telemetry; }

OTP_DECL void runtime::set_up(const runtime_options& options) {
  detail::install_abandon_handler(&detail::abandon_if_unwinding);
  core_->services = std::make_shared<detail::runtime_services>(detail::clock_of(*core_));
  if (options.console)
    core_->services->log.add_handler("default", console_handler(), *options.console);
  core_->on_crash = &detail::report_crash;
  core_->on_warning = [](detail::runtime_core& core, std::string_view text) {
    core.services->log.write(log_level::warning, "{}", text);
  };
}

}  // namespace otp
