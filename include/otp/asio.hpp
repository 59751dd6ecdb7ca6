// Asio inside a process: the completion token `otp::yield`, and executors.
//
//     asio::ip::tcp::socket socket{otp::this_process::io_executor()};
//     std::size_t n = socket.async_read_some(buffer, otp::yield);        // throws system_error
//     n = socket.async_read_some(buffer, otp::yield[ec]);                // reports in ec
//
// The operation suspends the process, not the thread. If the process is killed meanwhile, the
// operation is cancelled, its completion awaited, and the stack unwound.
#pragma once

#include <otp/detail/context.hpp>
#include <otp/process_executor.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/system/error_code.hpp>
#include <boost/system/system_error.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace otp {

/// The type of `otp::yield`.
class yield_t {
 public:
  constexpr yield_t() = default;
  /// Reports an error in `error` instead of throwing.
  constexpr yield_t operator[](boost::system::error_code& error) const noexcept {
    yield_t token;
    token.error_ = &error;
    return token;
  }
  constexpr boost::system::error_code* error() const noexcept { return error_; }

 private:
  boost::system::error_code* error_ = nullptr;
};

/// Completion token: waits in the calling process for any Asio operation, and returns its result.
/// An error_code is thrown as boost::system::system_error, or stored by `yield[ec]`; an
/// exception_ptr is rethrown. Intermediate handlers of a composed operation run on the scheduler
/// thread of the process, never at the same time as the process. Throws not_a_process outside.
inline constexpr yield_t yield{};

namespace this_process {

/// The executor of the scheduler thread that carries the calling process: where its sockets and
/// timers belong. In a process.
inline boost::asio::any_io_executor io_executor() {
  detail::require_process("otp::this_process::io_executor");
  return detail::this_worker()->executor();
}

}  // namespace this_process

namespace this_runtime {

/// The executor of one of the scheduler threads, a different one each time: for a socket that is
/// handed to a process that does not exist yet.
inline boost::asio::any_io_executor next_io_executor() {
  auto& core = detail::current_core("otp::this_runtime::next_io_executor");
  return core.workers[core.next_reference() % core.workers.size()]->executor();
}

}  // namespace this_runtime

namespace detail {

template <class... A>
struct operation_wait : wait_record {
  explicit operation_wait(process& self, worker& here) : carrier{&here} {
    owner = &self;
    cancel = [](wait_record& w) {
      static_cast<operation_wait&>(w).signal.emit(asio::cancellation_type::terminal);
    };
  }
  worker* carrier;
  asio::cancellation_signal signal;
  std::optional<std::tuple<std::decay_t<A>...>> results;
};

template <class... A>
struct operation_handler {
  using executor_type = asio::any_io_executor;
  using cancellation_slot_type = asio::cancellation_slot;

  operation_wait<A...>* operation;

  executor_type get_executor() const noexcept { return operation->carrier->executor(); }
  cancellation_slot_type get_cancellation_slot() const noexcept {
    return operation->signal.slot();
  }

  void operator()(A... results) const {
    operation->results.emplace(std::move(results)...);
    operation->carrier->complete(*operation);
  }
};

// What an operation with the signature void(A...) returns. The types are computed without looking
// into a function: Asio tries overloads whose bodies would not compile.
template <class... T>
struct result_of_values {
  using type = std::tuple<T...>;
};
template <>
struct result_of_values<> {
  using type = void;
};
template <class T>
struct result_of_values<T> {
  using type = T;
};
template <class... A>
struct result_of_operation : result_of_values<std::decay_t<A>...> {
  static constexpr std::size_t first = 0;
};
template <class... A>
struct result_of_operation<boost::system::error_code, A...>
    : result_of_values<std::decay_t<A>...> {
  static constexpr std::size_t first = 1;
};
template <class... A>
struct result_of_operation<std::exception_ptr, A...> : result_of_values<std::decay_t<A>...> {
  static constexpr std::size_t first = 1;
};

inline void report(const yield_t& token, const boost::system::error_code& error) {
  if (token.error() != nullptr) {
    *token.error() = error;
  } else if (error) {
    throw boost::system::system_error{error};
  }
}
inline void report(const yield_t&, const std::exception_ptr& error) {
  if (error) std::rethrow_exception(error);
}

template <class... A>
typename result_of_operation<A...>::type unpack_results(const yield_t& token,
                                                        std::tuple<std::decay_t<A>...>&& results) {
  constexpr auto first = result_of_operation<A...>::first;
  constexpr auto count = sizeof...(A) - first;
  if constexpr (first == 1) report(token, std::get<0>(results));
  if constexpr (count == 1) {
    return std::get<first>(std::move(results));
  } else if constexpr (count > 1) {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::tuple{std::get<first + I>(std::move(results))...};
    }(std::make_index_sequence<count>{});
  }
}

}  // namespace detail
}  // namespace otp

template <class R, class... A>
class boost::asio::async_result<otp::yield_t, R(A...)> {
 public:
  template <class Initiation, class... Arguments>
  static typename otp::detail::result_of_operation<A...>::type initiate(
      Initiation&& initiation, const otp::yield_t& token, Arguments&&... arguments) {
    auto& self = otp::detail::require_process("an Asio operation with otp::yield");
    auto& here = *otp::detail::this_worker();
    here.check_wait(self);
    otp::detail::operation_wait<A...> w{self, here};
    std::forward<Initiation>(initiation)(otp::detail::operation_handler<A...>{&w},
                                         std::forward<Arguments>(arguments)...);
    here.suspend_checked(self, w);
    return otp::detail::unpack_results<A...>(token, *std::move(w.results));
  }
};
