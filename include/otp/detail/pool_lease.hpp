// How workers are borrowed: the templates of pool.hpp.
#pragma once

#include <otp/call.hpp>
#include <otp/detail/context.hpp>
#include <otp/infinity.hpp>
#include <otp/pool.hpp>

#include <chrono>
#include <functional>
#include <type_traits>
#include <utility>

namespace otp {

template <class W, pool_address A>
result<lease<W>, pool_error> try_checkout(const A& from, checkout_options options) {
  const pid target = detail::address_of(from, "otp::checkout");
  const pid owner = this_process::is_one() ? this_process::self() : pid{};
  const auto begin = detail::current_core("otp::checkout").now();
  // The pool keeps the time, so that a worker is never granted to somebody who has stopped waiting.
  auto answer = try_call(server_ref<pool>{target}, pool::request{owner, options}, infinity);
  if (!answer) {
    return failure{pool_error{.what = pool_error::kind::unavailable,
                              .reason = std::move(answer).error().root()}};
  }
  if (!*answer) return failure{std::move(*answer).error()};
  const std::chrono::nanoseconds waited{detail::current_core("otp::checkout").now() - begin};
  return lease<W>{server_ref<pool>{target}, **answer, waited};
}

template <class W, pool_address A>
lease<W> checkout(const A& from, checkout_options options) {
  auto borrowed = try_checkout<W>(from, options);
  if (!borrowed) borrowed.error().raise();
  return *std::move(borrowed);
}

template <class W, pool_address A, std::invocable<server_ref<W>> Use>
auto with_worker(const A& from, Use&& use, checkout_options options)
    -> result<std::invoke_result_t<Use, server_ref<W>>, pool_error> {
  auto borrowed = try_checkout<W>(from, options);
  if (!borrowed) return failure{std::move(borrowed).error()};
  if constexpr (std::is_void_v<std::invoke_result_t<Use, server_ref<W>>>) {
    std::invoke(std::forward<Use>(use), borrowed->worker());
    return {};
  } else {
    return std::invoke(std::forward<Use>(use), borrowed->worker());
  }
}

template <class W, pool_address A, class... Arguments>
child_spec pool_worker(A member_of, start_options options, Arguments... arguments) {
  child_spec spec = child<W>(std::move(options), std::move(arguments)...);
  spec.start = [member_of = std::move(member_of), start = std::move(spec.start)] {
    auto started = start();
    if (started && *started) cast(member_of, pool::join{*started});
    return started;
  };
  return spec;
}

}  // namespace otp
