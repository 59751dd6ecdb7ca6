// Code that blocks its thread, kept away from the scheduler threads: `otp::blocking`.
//
//     auto rows = otp::blocking([&] { return database.query("select 1"); });
#pragma once

#include <otp/detail/await_answer.hpp>
#include <otp/detail/context.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace otp {

namespace detail {

inline constexpr std::size_t blocking_threads = 16;

inline asio::thread_pool& blocking_pool(runtime_core& core) {
  const std::lock_guard lock{core.services_mutex};
  if (!core.blocking_pool) core.blocking_pool = std::make_shared<asio::thread_pool>(blocking_threads);
  return *static_cast<asio::thread_pool*>(core.blocking_pool.get());
}

}  // namespace detail

/// Runs `function` on a thread of the runtime's blocking pool (16 threads, made at the first use)
/// and suspends the calling process meanwhile; returns or throws what it does. On a plain thread,
/// and in a simulation, it just calls it.
///
/// Object lifetimes: `function` may refer to the caller's frame. A process that is killed meanwhile
/// is dead for everyone at once; its stack and state live on until `function` has returned.
/// Not guaranteed: that a free thread is there at once.
/// Throws std::logic_error where waiting is impossible: in posted work, and in an Asio handler on a
/// scheduler thread.
template <class F>
std::invoke_result_t<F&> blocking(F&& function) {
  if (detail::this_worker() == nullptr) return function();
  auto& here = *detail::this_worker();
  auto* const self = detail::require_waiter(here.core());
  if (here.core().outside != nullptr) return function();
  using value = std::conditional_t<std::is_void_v<std::invoke_result_t<F&>>, bool,
                                   std::invoke_result_t<F&>>;
  std::optional<value> result;
  std::exception_ptr error;
  detail::wait_record w;
  w.owner = self;
  w.uncancellable = true;
  w.cancel = [](detail::wait_record&) {};
  detail::asio::post(detail::blocking_pool(here.core()), [&] {
    try {
      if constexpr (std::is_void_v<std::invoke_result_t<F&>>) {
        function();
        result.emplace(true);
      } else {
        result.emplace(function());
      }
    } catch (...) {
      error = std::current_exception();
    }
    detail::asio::post(here.executor(), [&here, &w] { here.complete(w); });
  });
  here.suspend_checked(*self, w);
  if (error) std::rethrow_exception(error);
  if constexpr (!std::is_void_v<std::invoke_result_t<F&>>) return *std::move(result);
}

}  // namespace otp
