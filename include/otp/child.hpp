// Servers as children: `otp::child<Server>(...)` writes the child spec of a server.
//
//     otp::child<cache>({.name = "cache"}, 1'000)                       // id "cache"
//     otp::child<feed>().with({.restart = otp::restart::transient})     // id "feed", from the class
#pragma once

#include <otp/child_spec.hpp>
#include <otp/detail/type_name.hpp>
#include <otp/gen_server.hpp>
#include <otp/pid.hpp>
#include <otp/result.hpp>

#include <string>
#include <tuple>
#include <utility>

namespace otp {

namespace detail {

template <class S>
result<pid, start_failure> started_pid(const start_result<S>& outcome) {
  if (!outcome) return failure{outcome.error()};
  return outcome->pid();
}

// A server whose settings are one value, `S::options`. If that has a name, the server gets it.
template <class S>
concept has_options = requires {
  typename S::options;
};

template <class Options>
start_options start_options_of(const Options& options) {
  if constexpr (requires { start_options{.name = options.name}; }) {
    return {.name = options.name};
  } else {
    return {};
  }
}

template <class S, class... A>
child_spec make_child(start_options options, A... arguments) {
  child_spec spec{.id = options.name.empty() ? std::string{short_type_name<S>()}
                                             : options.name.to_string()};
  // Called for every start, so what was captured is copied each time (V-034).
  spec.start = [options = std::move(options),
                arguments = std::tuple<A...>{std::move(arguments)...}] {
    return std::apply(
        [&](const A&... copies) {
          return started_pid(start_linked<S>(options, std::tuple<A...>{copies...}));
        },
        arguments);
  };
  if constexpr (requires { spec.with(S::child_defaults()); }) {
    return spec.with(S::child_defaults());
  } else {
    return spec;
  }
}

}  // namespace detail

/// The spec of a server `S` that is constructed from `arguments`, which are kept, and copied for each
/// start. The id is the name, or the class's own name if it has none. What a class wants to be different
/// from the defaults it says itself: `static otp::child_overrides child_defaults();`.
template <class S, class... A>
  requires(!detail::has_options<S>)
child_spec child(start_options options, A... arguments) {
  return detail::make_child<S>(std::move(options), std::move(arguments)...);
}

/// The same for a server without a name.
template <class S, class... A>
  requires(!detail::has_options<S> && detail::not_options<start_options, A...>)
child_spec child(A... arguments) {
  return detail::make_child<S>(start_options{}, std::move(arguments)...);
}

/// The same for a server that is constructed from one value, `S::options`:
/// `otp::child<repo>({.pool_size = 5})`. If that has a member `name`, it becomes the server's name.
template <class S>
  requires detail::has_options<S> child_spec child(typename S::options options = {}) {
    auto start = detail::start_options_of(options);
    return detail::make_child<S>(std::move(start), std::move(options));
  }

}  // namespace otp
