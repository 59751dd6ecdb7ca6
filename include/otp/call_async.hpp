// `otp::call` with a completion token, for code that is not in a process: coroutines, callbacks,
// futures.
//
//     int n = co_await otp::call(counter, my::counter::get{}, asio::use_awaitable);
//     otp::call(counter, my::counter::get{}, 100ms, [](std::exception_ptr e, int n) { ... });
//
// g++ 12 destroys an aggregate with a non-trivial member twice if it is a temporary within a
// co_await expression. For such a message write a variable first:
//
//     my::counter::rename request{"new name"};
//     co_await otp::call(counter, std::move(request), asio::use_awaitable);
#pragma once

#include <otp/call.hpp>
#include <otp/detail/runtime_guard.hpp>
#include <otp/detail/timer_cell.hpp>
#include <otp/detail/worker.hpp>

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/system_executor.hpp>

#include <atomic>
#include <chrono>
#include <concepts>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace otp {

namespace detail {

/// Neither a duration nor something that converts to one.
template <class T>
concept completion_token = !std::convertible_to<T, std::chrono::nanoseconds>;

template <class R>
struct completion_signature {
  static_assert(std::default_initializable<R>,
                "a reply must be default-constructible here: Asio needs a value to pass beside an "
                "error");
  using type = void(std::exception_ptr, R);
};
template <>
struct completion_signature<void> {
  using type = void(std::exception_ptr);
};

/// A call whose answer goes to a completion handler. Shared by the answer, the timer, and the server
/// that has let go of it: the first one completes, the last one frees.
template <class R, class Handler>
class async_call final : public call_completion {
 public:
  async_call(Handler handler, std::string server, std::string_view message)
      : call_completion{&async_call::answered, &async_call::ended, &async_call::held,
                        [](call_completion& base) noexcept {
                          static_cast<async_call&>(base).release();
                        }},
        handler_(std::move(handler)),
        work_{asio::get_associated_executor(handler_, asio::system_executor{})},
        server_{std::move(server)},
        message_{message} {}

  void arm(runtime_core& core, std::chrono::nanoseconds timeout) {
    if (timeout == forever) return;
    auto& cell = timer_cells::instance().take();
    cell.target_serial.store(0, std::memory_order_relaxed);
    cell.callback = [](void* self) { static_cast<async_call*>(self)->expired(); };
    cell.context = this;
    holders_.fetch_add(1, std::memory_order_relaxed);
    timer_ = arm_cell(core, cell, timeout.count());
  }

  /// The request was pushed, or could not be: the initiator lets go.
  void release() noexcept {
    if (holders_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  void refuse(const exit_reason& why) {
    complete(failure(why));
    release();
  }

 private:
  static void answered(call_completion& base, envelope& e) noexcept {
    auto& self = static_cast<async_call&>(base);
    self.disarm();
    e.ops = static_cast<call_envelope&>(e).reply_ops;
    self.complete(unpack_answer<R>(answer_outcome{owned_envelope{&e}, {}}));
    self.release();
  }

  static void ended(call_completion& base, const exit_reason& why) noexcept {
    auto& self = static_cast<async_call&>(base);
    self.disarm();
    self.complete(failure(why));
  }

  static void held(call_completion& base) noexcept {
    static_cast<async_call&>(base).holders_.fetch_add(1, std::memory_order_relaxed);
  }

  void disarm() noexcept {
    if (timer_.cell != nullptr && cancel_cell(timer_, 0)) release();
  }

  void expired() {
    complete(failure(exit_reason{reason::timeout}));
    release();
  }

  void complete(result<R> outcome) {
    // Of an answer, an end and a timeout the first one completes. acq_rel: they come after each other,
    // also on different threads.
    if (done_.exchange(true, std::memory_order_acq_rel)) return;
    std::exception_ptr error;
    if (!outcome) {
      error = std::make_exception_ptr(
          exit_error{exit_reason::from_call(std::move(outcome).error(), server_, message_)});
    }
    const auto executor = work_.get_executor();
    if constexpr (std::is_void_v<R>) {
      asio::post(executor,
                 [handler = std::move(handler_), error]() mutable { std::move(handler)(error); });
    } else {
      asio::post(executor, [handler = std::move(handler_), error,
                            value = outcome ? *std::move(outcome) : R{}]() mutable {
        std::move(handler)(error, std::move(value));
      });
    }
    work_.reset();
  }

  Handler handler_;
  asio::executor_work_guard<asio::associated_executor_t<Handler, asio::system_executor>> work_;
  std::string server_;
  std::string_view message_;
  std::atomic<bool> done_{false};
  std::atomic<int> holders_{2};  // the initiator and the request
  armed_timer timer_{nullptr, 0};
};

}  // namespace detail

/// Asks the server and completes `token` with `void(std::exception_ptr, R)` on its associated
/// executor: the reply, or an exit_error as `try_call` would return it. Never completes before it
/// returns. Usable from any thread, also from an Asio handler on a scheduler thread.
///
/// A handler without an executor of its own runs on Asio's system executor, on a thread that a
/// simulation does not know: in a process, bind it to `this_process::get_executor()`.
/// Not offered: cancellation; abandon the call by its timeout. Not found: circles of calls, since
/// nobody needs to wait.
template <server_address A, request M, detail::completion_token Token>
auto call(const A& server, M message, std::chrono::nanoseconds timeout, Token&& token) {
  using S = typename A::server_type;
  using R = reply_of<M>;
  detail::require_handles_call<S, M>();
  const auto initiation = [](auto handler, const A& to, M request, std::chrono::nanoseconds limit) {
    using operation = detail::async_call<R, decltype(handler)>;
    auto* const op = new operation{std::move(handler), detail::describe_address(to),
                                   detail::short_type_name<M>()};
    const auto target = detail::address_of(to, "otp::call");
    auto* const p = detail::process_arena::find(target);
    // The timeout runs in the caller's runtime. A plain thread has none: in the server's, which may
    // be ending at this moment.
    auto* const here = detail::this_worker();
    std::optional<detail::runtime_guard> inside;
    if (here == nullptr) inside.emplace(target.serial);
    auto* const core = here != nullptr ? &here->core() : inside->core();
    if (p == nullptr || core == nullptr) {
      op->refuse(reason::noproc);
    } else {
      op->arm(*core, limit);
      detail::deliver_call(*p, *detail::make_envelope<detail::call_request<S, M>>(
                                   target.serial, *op, std::move(request)));
    }
    op->release();
  };
  return boost::asio::async_initiate<Token, typename detail::completion_signature<R>::type>(
      initiation, token, server, std::move(message), timeout);
}

template <server_address A, request M, detail::completion_token Token>
auto call(const A& server, M message, Token&& token) {
  return otp::call(server, std::move(message), default_call_timeout, std::forward<Token>(token));
}

}  // namespace otp
