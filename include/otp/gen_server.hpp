// Servers: a class whose object lives in a process, and whose handlers run one at a time.
//
//     class counter : public otp::gen_server<counter> {
//      public:
//       struct get { using reply = int; };                  // a message with a reply is a call
//       struct add { using reply = int; int amount = 1; };
//       struct reset {};                                    // one without is a cast or an info
//
//       explicit counter(int start = 0) : count_{start} {}  // runs in the new process: this is init
//       int handle_call(get) { return count_; }
//       int handle_call(add request) { return count_ += request.amount; }
//       void handle_cast(reset) { count_ = 0; }
//
//      private:
//       int count_;
//     };
//
//     auto ref = otp::start_link<counter>({.name = "counter"}, 10);
//     int n = otp::call(ref, counter::add{.amount = 5});      // 15
//
// Handlers are plain functions and may wait (otp::call, otp::receive, otp::sleep, Asio operations
// with otp::yield); other messages wait in the mailbox meanwhile. An exception that leaves a handler
// ends the server. What a server may define:
//   R | otp::reply<R> handle_call(M)          answers now
//   void handle_call(M, otp::from<R>)         answers later
//   void | otp::noreply handle_cast(M), handle_info(M), handle_continue(M)
//   void | otp::noreply init()                after the constructor, before start returns
//   void terminate(const otp::exit_reason&)   before the end, see below
//   std::string format_status() const         its state, for people
// handle_info gets the messages listed in `using info = otp::messages<...>;`, and otp::down,
// otp::exited and otp::idle_timeout without being listed. handle_continue gets those listed in
// `using continues = otp::messages<...>;`.
//
// terminate runs when the server stops itself, fails, or is stopped with otp::stop (G-059 to G-061,
// G-072), and, if it traps exits, when its parent exits or a supervisor shuts it down (G-068). It
// does not run after the signal kill, nor after any exit signal when it does not trap (G-065, G-066).
#pragma once

#include <otp/call.hpp>
#include <otp/detail/server_behaviour.hpp>
#include <otp/from.hpp>
#include <otp/process.hpp>
#include <otp/reply.hpp>
#include <otp/server_name.hpp>
#include <otp/server_ref.hpp>

#include <chrono>
#include <tuple>
#include <type_traits>
#include <utility>

namespace otp {

/// How a server is started.
struct start_options {
  server_name name{};                            ///< Registered before init runs (G-015); empty: none.
  std::chrono::nanoseconds timeout = infinity;   ///< For init; after it the server is killed (G-012).
};

/// Base of server classes; gives the object access to its own process. `D` is the derived class.
template <class D>
class gen_server {
 public:
  using server_type = D;

 protected:
  gen_server() = default;
  gen_server(const gen_server&) = default;
  gen_server& operator=(const gen_server&) = default;
  ~gen_server() = default;

  /// This server. In its own process only.
  static server_ref<D> self() { return server_ref<D>{this_process::self()}; }
};

/// In a constructor or init: this server is not to be started. `start` then throws a start_error
/// that is `ignored()`, and a supervisor goes on without the child (G-009).
[[noreturn]] inline void ignore() { throw detail::start_ignored{}; }

template <class S>
using start_result = result<server_ref<S>, start_failure>;

/// Starts a server of class `S` with the constructor arguments `arguments`, which are copied or moved
/// into the new process. Returns when its init has finished (G-001, G-002), or why it has not: the
/// reason that init ended with (G-003, G-007, G-008), `already_started` when the name is taken
/// (G-013), `timeout` (G-012).
template <class S, class... A>
start_result<S> try_start(start_options options, A... arguments) {
  auto& core = detail::current_core("otp::start");
  return detail::start_server<S>(core, options.name, options.timeout, false,
                                 std::tuple<A...>{std::move(arguments)...});
}
/// As try_start, linked to the calling process, which is then its parent (G-001). In a process.
template <class S, class... A>
start_result<S> try_start_link(start_options options, A... arguments) {
  auto& self = detail::require_process("otp::start_link");
  return detail::start_server<S>(self.core(), options.name, options.timeout, true,
                                 std::tuple<A...>{std::move(arguments)...});
}

/// As try_start; throws start_error with the reason.
template <class S, class... A>
server_ref<S> start(start_options options, A... arguments) {
  return detail::started_or_throw(
      otp::try_start<S>(std::move(options), std::move(arguments)...));
}
/// As try_start_link; throws start_error with the reason. In a process.
template <class S, class... A>
server_ref<S> start_link(start_options options, A... arguments) {
  return detail::started_or_throw(
      otp::try_start_link<S>(std::move(options), std::move(arguments)...));
}

/// The same without options.
template <class S, class... A>
  requires(detail::not_options<start_options, A...>)
start_result<S> try_start(A... arguments) {
  return otp::try_start<S>(start_options{}, std::move(arguments)...);
}
template <class S, class... A>
  requires(detail::not_options<start_options, A...>)
start_result<S> try_start_link(A... arguments) {
  return otp::try_start_link<S>(start_options{}, std::move(arguments)...);
}
template <class S, class... A>
  requires(detail::not_options<start_options, A...>)
server_ref<S> start(A... arguments) {
  return otp::start<S>(start_options{}, std::move(arguments)...);
}
template <class S, class... A>
  requires(detail::not_options<start_options, A...>)
server_ref<S> start_link(A... arguments) {
  return otp::start_link<S>(start_options{}, std::move(arguments)...);
}

template <class S, class... A>
auto runtime::start(A&&... arguments) {
  const auto scope = enter();
  return otp::start<S>(std::forward<A>(arguments)...);
}
template <class S, class... A>
auto runtime::start(start_options options, A&&... arguments) {
  const auto scope = enter();
  return otp::start<S>(std::move(options), std::forward<A>(arguments)...);
}
template <class S, class... A>
auto runtime::try_start(A&&... arguments) {
  const auto scope = enter();
  return otp::try_start<S>(std::forward<A>(arguments)...);
}
template <class S, class... A>
auto runtime::try_start(start_options options, A&&... arguments) {
  const auto scope = enter();
  return otp::try_start<S>(std::move(options), std::forward<A>(arguments)...);
}

}  // namespace otp
