// A pool: a few workers that many processes take turns to use, such as connections to a database.
//
//     // children of one rest_for_one supervisor, the pool first:
//     otp::child<otp::pool>({.name = "repo.pool"}),
//     otp::pool_worker<connection>(otp::name<otp::pool>{"repo.pool"}, {.name = "repo.1"}, path),
//     otp::pool_worker<connection>(otp::name<otp::pool>{"repo.pool"}, {.name = "repo.2"}, path)
//
//     auto lease = otp::checkout<connection>(otp::name<otp::pool>{"repo.pool"});
//     otp::call(lease.worker(), connection::query{...});          // given back when `lease` goes
//
// The pool is a process that says who may use which worker; the work itself passes it by. Workers
// are ordinary servers that their supervisor starts again; each start announces the new one.
// When not to use it: if the worker itself could queue the requests, call it directly.
#pragma once

#include <otp/child.hpp>
#include <otp/detail/pool_fsm.hpp>
#include <otp/gen_server.hpp>
#include <otp/pool_error.hpp>
#include <otp/timer.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <map>
#include <type_traits>
#include <utility>
#include <variant>

namespace otp {

/// What becomes of a worker whose borrower died, or lost the lease by an exception.
enum class abandoned_worker : std::uint8_t {
  replace,  ///< It may be in the midst of anything: kill it, its supervisor starts a new one.
  reuse,    ///< Workers do one request at a time and are good for the next: lend it on.
};

/// The state of a pool; a snapshot.
struct pool_status {
  std::size_t idle = 0;
  std::size_t lent = 0;
  std::size_t waiting = 0;  ///< Requests that wait for a worker.
};

/// How one checkout is done.
struct checkout_options {
  /// How long to wait for a worker; zero takes one that is idle or none.
  std::chrono::nanoseconds timeout = std::chrono::seconds{5};
  /// How long the worker may be kept; then it is killed and replaced, whatever it is doing.
  std::chrono::nanoseconds hold = infinity;
};

/// The server of the functions below. Whatever it decides is decided by detail/pool_fsm.hpp.
///
/// Give it a name, and its workers the supervisor that it has, rest_for_one and after it: a new pool
/// knows no workers until they are started again.
class pool : public gen_server<pool> {
 public:
  struct granted {
    detail::pooling::ticket ticket;
    pid worker;
  };
  struct request {
    using reply = result<granted, pool_error>;
    pid owner;
    checkout_options options;
  };
  struct give_back {
    detail::pooling::ticket ticket;
  };
  struct abandon {
    detail::pooling::ticket ticket;
    pid worker;
  };
  struct join {
    pid worker;
  };
  struct status {
    using reply = pool_status;
  };
  struct time_passed {};
  using info = messages<time_passed>;

  explicit pool(abandoned_worker when_abandoned = abandoned_worker::replace);

  void handle_call(request wanted, from<result<granted, pool_error>> asker);
  pool_status handle_call(status) const;
  void handle_cast(join added);
  void handle_cast(give_back returned);
  void handle_cast(abandon left);
  void handle_info(const down& gone);
  void handle_info(time_passed);
  void terminate(const exit_reason&);
  std::string format_status() const;

 private:
  using client = from<result<granted, pool_error>>;
  struct waiting_client {
    client answer;
    pid owner;
    std::chrono::nanoseconds since;
  };

  void decide(const detail::pooling::event& what);
  void perform(const detail::pooling::grant& action);
  void perform(const detail::pooling::refuse& action);
  void perform(const detail::pooling::replace& action);
  void perform(const detail::pooling::watch& action);
  void perform(const detail::pooling::unwatch& action);
  void perform(const detail::pooling::wake_at& action);

  abandoned_worker when_abandoned_;
  detail::pool_fsm machine_;
  std::uint64_t last_ticket_ = 0;
  std::map<detail::pooling::ticket, waiting_client> clients_;
  std::map<monitor_ref, pid> workers_;
  std::map<pid, monitor_ref> owners_;
  timer_ref timer_;
};

/// A server_ref or name of a pool.
template <class A>
concept pool_address = server_address<A> && std::same_as<typename A::server_type, pool>;

/// The right to use a worker, until it is destroyed or `give_back` is called. Move-only; it belongs
/// to the process that checked it out.
///
/// A lease that an exception destroys has lost track of its worker, as a borrower that dies has: what
/// happens then is the pool's `abandoned_worker`. The worker itself may die at any time; calls to it
/// fail then.
template <class W>
class lease {
 public:
  lease(lease&& other) noexcept
      : pool_{std::exchange(other.pool_, {})},
        granted_{other.granted_},
        waited_{other.waited_},
        exceptions_{other.exceptions_} {}
  lease& operator=(lease&& other) noexcept {
    lease moved{std::move(other)};
    std::swap(pool_, moved.pool_);
    std::swap(granted_, moved.granted_);
    std::swap(waited_, moved.waited_);
    std::swap(exceptions_, moved.exceptions_);
    return *this;
  }
  ~lease() {
    if (std::uncaught_exceptions() > exceptions_) {
      abandon();
    } else {
      give_back();
    }
  }

  /// Returns the worker.
  server_ref<W> worker() const noexcept { return server_ref<W>{granted_.worker}; }
  /// Returns how long the checkout waited.
  std::chrono::nanoseconds waited() const noexcept { return waited_; }

  /// Gives the worker back now; it is in order. A second time changes nothing.
  void give_back() noexcept {
    if (pool_) cast(std::exchange(pool_, {}), pool::give_back{granted_.ticket});
  }
  /// Gives the worker up as one that may not be in order: see `abandoned_worker`.
  void abandon() noexcept {
    if (pool_) cast(std::exchange(pool_, {}), pool::abandon{granted_.ticket, granted_.worker});
  }

  /// For the library: made by `try_checkout`.
  lease(server_ref<pool> from, pool::granted granted, std::chrono::nanoseconds waited) noexcept
      : pool_{from}, granted_{granted}, waited_{waited} {}

 private:
  server_ref<pool> pool_;  // nobody when given back
  pool::granted granted_;
  std::chrono::nanoseconds waited_;
  int exceptions_ = std::uncaught_exceptions();
};

/// Waits for a worker and borrows it; the longest waiting request is served first (C-201), by the
/// worker that has been idle longest. A process that dies gives up its place, and its worker.
/// `W` must be the class of the pool's workers. On a plain thread it works too, but the pool does not
/// notice the end of that thread.
/// Errors: pool_error with `none_free`, `timeout` or `unavailable` (no pool, or it stopped).
template <class W, pool_address A>
result<lease<W>, pool_error> try_checkout(const A& from, checkout_options options = {});

/// As try_checkout; throws exit_error whose reason is the pool_error.
template <class W, pool_address A>
lease<W> checkout(const A& from, checkout_options options = {});

/// Calls `use(worker)` with a borrowed worker and returns its result or error. If `use` throws, the
/// worker is abandoned, and the exception goes on.
template <class W, pool_address A, std::invocable<server_ref<W>> Use>
auto with_worker(const A& from, Use&& use, checkout_options options = {})
    -> result<std::invoke_result_t<Use, server_ref<W>>, pool_error>;

/// Returns how many workers are idle and lent, and how many requests wait.
template <pool_address A>
pool_status status(const A& target) {
  return call(target, pool::status{});
}

/// The spec of a worker: as `otp::child<W>(options, arguments...)`, and each start announces it to the
/// pool. A worker that does not start announces nothing.
template <class W, pool_address A, class... Arguments>
child_spec pool_worker(A member_of, start_options options, Arguments... arguments);

}  // namespace otp

#include <otp/detail/pool_lease.hpp>

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/pool_impl.hpp>
#endif
