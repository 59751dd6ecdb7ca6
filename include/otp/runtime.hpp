// The runtime: scheduler threads that carry processes, or a guest in an executor of yours.
//
//     otp::runtime rt{{.threads = 4}};
//     auto counter = rt.start<my::counter>({.name = "counter"}, 10);
//     int n = otp::call(counter, my::counter::get{});
//
// There are no globals: several runtimes may live in one program. A plain thread uses the free
// functions (`otp::spawn`, `otp::whereis`, ...) after `rt.enter()`; pids and server_refs carry
// their runtime and need no `enter`.
#pragma once

#include <otp/detail/any_io_executor.hpp>
#include <otp/detail/context.hpp>
#include <otp/log_level.hpp>
#include <otp/pid.hpp>

#include <chrono>
#include <cstddef>
#include <memory>
#include <optional>
#include <string_view>
#include <utility>

namespace otp {

class logger;
class telemetry_table;
struct start_options;  // in start.hpp

struct runtime_options {
  unsigned threads = 0;  ///< Scheduler threads; 0: one per processor.
  std::size_t stack_size = std::size_t{256}
                           << 10;  ///< Bytes of a waiting process's stack, virtual.
  /// What the log writes to stderr: this level and more serious ones; nothing: no console.
  std::optional<log_level> console = log_level::warning;
};

/// While it lives, the free functions on this thread belong to one runtime. Nests; not movable.
class [[nodiscard]] runtime_scope {
 public:
  explicit runtime_scope(detail::runtime_core& core)
      : before_{std::exchange(detail::this_thread().entered, &core)} {}
  runtime_scope(const runtime_scope&) = delete;
  runtime_scope& operator=(const runtime_scope&) = delete;
  ~runtime_scope() { detail::this_thread().entered = before_; }

 private:
  detail::runtime_core* before_;
};

/// Carries processes. Thread-safe, except for construction and destruction.
class runtime {
 public:
  /// Starts `threads` scheduler threads, each with an io_context of its own.
  explicit runtime(runtime_options options = {});

  /// A guest that owns no thread: processes run in slices of at most 200 microseconds on `host`,
  /// which must run one function at a time (an io_context run by one thread, or a strand). The
  /// runtime must be destroyed while nobody runs `host`, or from within it. Its destructor cancels
  /// the operations that processes wait for, and polls the io_context of `host` for their ends; with
  /// a host of another kind there must be no such operations any more.
  explicit runtime(boost::asio::any_io_executor host, runtime_options options = {});

  /// A runtime in a world of its own; for `otp::testing::simulation`.
  explicit runtime(std::unique_ptr<detail::environment> world, runtime_options options = {});

  runtime(const runtime&) = delete;
  runtime& operator=(const runtime&) = delete;

  /// Kills every process, waits until all are gone, and joins the threads.
  ~runtime();

  /// Kills every process and waits up to `deadline` for their ends. Returns whether all are gone;
  /// a process that holds its thread, or an operation that does not let go of a killed process,
  /// can hold it up and is then named in a warning. Not from within a process.
  bool stop(std::chrono::nanoseconds deadline);

  /// Makes this thread a guest of the runtime while the result lives.
  runtime_scope enter() { return runtime_scope{*core_}; }

  /// Processes that exist, also those that are just ending.
  std::int64_t process_count() const noexcept { return core_->live(); }

  /// As the free functions of the same names, in this runtime.
  template <class F>
  pid spawn(F body);
  template <class S, class... A>
  auto start(A&&... arguments);
  template <class S, class... A>
  auto start(start_options options, A&&... arguments);
  template <class S, class... A>
  auto try_start(A&&... arguments);
  template <class S, class... A>
  auto try_start(start_options options, A&&... arguments);
  pid whereis(std::string_view name) const { return core_->names.find(name); }

  /// The log of this runtime: see otp/logger.hpp, and otp/log.hpp.
  logger& log() noexcept;
  /// The telemetry of this runtime: see otp/telemetry_table.hpp, and otp/telemetry.hpp.
  telemetry_table& telemetry() noexcept;

  /// For the library's own layers.
  detail::runtime_core& core() noexcept { return *core_; }

 private:
  struct scheduler_threads;

  void set_up(const runtime_options& options);

  std::unique_ptr<detail::environment> world_;
  std::shared_ptr<detail::runtime_core> core_;
  std::unique_ptr<scheduler_threads> threads_;  // null without threads of our own
};

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/runtime_impl.hpp>
#endif
