// What a supervisor knows of a child: how to start it, when to start it again, how to stop it.
//
//     otp::child_spec feed{.id = "feed",
//                          .start = [] { return start_feed(); },
//                          .restart = otp::restart::transient,
//                          .shutdown = otp::brutal_kill};
//
// `otp::child<Server>(...)` in child.hpp writes the first two lines for a server.
#pragma once

#include <otp/error.hpp>
#include <otp/infinity.hpp>
#include <otp/pid.hpp>
#include <otp/result.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace otp {

/// When a child that ended is started again (V-021 to V-024).
enum class restart : std::uint8_t {
  permanent,  ///< Always, whatever the reason.
  transient,  ///< Unless it ended normally or with shutdown, with or without a detail.
  temporary,  ///< Never; its spec goes with it.
};

/// Whether a supervisor ends by itself, with `shutdown`, when significant children have ended for
/// good: a transient one orderly, a temporary one in any way (V-076 to V-078).
enum class auto_shutdown : std::uint8_t {
  never,            ///< No child may be significant.
  any_significant,  ///< When the first significant child has.
  all_significant,  ///< When the last one that lives has.
};

/// What a child is; decides how long it may take to shut down if its spec does not say.
enum class child_type : std::uint8_t { worker, supervisor };

/// The type of `brutal_kill`.
struct brutal_kill_t {
  bool operator==(const brutal_kill_t&) const = default;
};
/// A child that is not asked to stop but killed at once: its `terminate` does not run (V-052).
inline constexpr brutal_kill_t brutal_kill{};

/// How a child is stopped: killed at once, or asked, and killed when it takes too long.
///
/// Made from `brutal_kill`, from `infinity`, or from a duration; what nobody sets is decided by the
/// type of the child (V-001, V-002).
class shutdown_policy {
 public:
  /// 5 s for a worker, `infinity` for a supervisor.
  constexpr shutdown_policy() noexcept = default;

  constexpr shutdown_policy(brutal_kill_t) noexcept : kind_{kind::at_once} {}

  /// The child is asked (exit signal `shutdown`) and killed after `allowance`. Zero is allowed,
  /// less than that is refused by `validate`; what does not fit into nanoseconds is `infinity`.
  template <class Rep, class Period>
  constexpr shutdown_policy(std::chrono::duration<Rep, Period> allowance) noexcept
      : kind_{kind::timed}, allowance_{to_nanoseconds(allowance)} {}

  constexpr bool is_unset() const noexcept { return kind_ == kind::by_type; }
  constexpr bool is_brutal_kill() const noexcept { return kind_ == kind::at_once; }

  /// How long the child may take; zero for `brutal_kill`, 5 s when unset.
  constexpr std::chrono::nanoseconds allowance() const noexcept { return allowance_; }

  friend constexpr bool operator==(const shutdown_policy&, const shutdown_policy&) = default;

 private:
  enum class kind : std::uint8_t { by_type, at_once, timed };

  template <class Duration>
  static constexpr std::chrono::nanoseconds to_nanoseconds(Duration given) noexcept {
    using std::chrono::duration_cast;
    using std::chrono::nanoseconds;
    if (std::chrono::duration<double>{given} >= std::chrono::duration<double>{nanoseconds::max()}) {
      return infinity;
    }
    return duration_cast<nanoseconds>(given);
  }

  kind kind_ = kind::by_type;
  std::chrono::nanoseconds allowance_{std::chrono::seconds{5}};
};

/// Starts one child and links it to the calling process, which is the supervisor (V-020): gives its
/// pid, or why there is none. Called again for each restart, with whatever it has captured (V-034);
/// may wait.
using child_start = std::function<result<pid, start_failure>()>;

/// What `child_spec::with` replaces; what is not set stays.
struct child_overrides {
  std::optional<std::string> id{};
  std::optional<otp::restart> restart{};
  std::optional<shutdown_policy> shutdown{};
  std::optional<child_type> type{};
};

/// One child of a supervisor, as data. Copyable; a spec says nothing about a running process.
struct child_spec {
  std::string id{};     ///< Unique within its supervisor.
  child_start start{};  ///< Must be given.
  otp::restart restart = otp::restart::permanent;
  shutdown_policy shutdown{};  ///< 5 s, or `infinity` for a supervisor.
  child_type type = child_type::worker;
  bool significant = false;  ///< Whether its end may end the supervisor (V-075).

  /// A copy in which only what `changes` names is different (V-009).
  child_spec with(const child_overrides& changes) const {
    child_spec copy = *this;
    if (changes.id) copy.id = *changes.id;
    if (changes.restart) copy.restart = *changes.restart;
    if (changes.shutdown) copy.shutdown = *changes.shutdown;
    if (changes.type) copy.type = *changes.type;
    return copy;
  }

  /// A copy in which every default is written out, as a supervisor keeps it (V-001, V-002).
  child_spec with_defaults() const& {
    child_spec copy = *this;
    return std::move(copy).with_defaults();
  }
  /// The same, of a spec that is not needed any more.
  child_spec with_defaults() && {
    if (shutdown.is_unset()) {
      shutdown = type == child_type::supervisor ? shutdown_policy{infinity}
                                                : shutdown_policy{std::chrono::seconds{5}};
    }
    return std::move(*this);
  }
};

}  // namespace otp
