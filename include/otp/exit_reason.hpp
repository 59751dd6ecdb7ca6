// Why a process ended: one small value that links, monitors, supervisors and callers compare and
// pass on.
//
//     otp::exit_reason reason = otp::reason::shutdown;
//     if (reason == otp::reason::normal) { ... }
//     if (const auto* code = reason.get<my::code>()) { ... }
//     fmt::print("exited: {}\n", reason);
#pragma once

#include <otp/config.hpp>
#include <otp/detail/exit_detail.hpp>
#include <otp/detail/intrusive_ptr.hpp>
#include <otp/detail/sendable.hpp>
#include <otp/detail/text_formatter.hpp>
#include <otp/detail/type_name.hpp>

#include <concepts>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp {

class exit_reason;

namespace reason {
struct shutdown_constant;
}

namespace detail {

class call_detail;

template <class T>
concept reason_constant = requires { typename T::is_reason_constant; };

// Pointers do not travel; what a pointer to characters points to is copied.
template <class T>
inline constexpr bool is_bare_pointer =
    std::is_null_pointer_v<T> || (std::is_pointer_v<T> && !is_borrowed_text<T>);

// Wrappers such as std::optional<exit_reason> ask whether exit_reason can be made of the wrapper.
// To answer that through the wrapper's own copy constructor or comparison would ask the same again.
template <class T>
inline constexpr bool mentions_exit_reason = std::is_same_v<T, exit_reason>;
template <template <class...> class Wrapper, class... Args>
inline constexpr bool mentions_exit_reason<Wrapper<Args...>> =
    (mentions_exit_reason<std::remove_cvref_t<Args>> || ...);

}  // namespace detail

/// A value that a user may give as an exit reason or as the detail of a shutdown: comparable by
/// `==`, and neither a pointer (character strings are copied into a `std::string`), nor an
/// exception pointer (use `exit_reason::from_exception`), nor a wrapper such as
/// `std::optional<exit_reason>`.
///
/// It must be copyable and own its data too. That is asserted when a reason is made and is no part
/// of the concept: whether a class with a constructor that takes an exit reason can be copied
/// depends on whether it converts to one.
template <class T>
concept exit_value = !detail::mentions_exit_reason<T> && !detail::reason_constant<T> &&
                     !detail::is_bare_pointer<T> && !std::same_as<T, std::exception_ptr> &&
                     std::equality_comparable<T>;

/// One exception in a chain of nested ones, as text.
struct OTP_VISIBLE exception_cause {
  std::string type;  ///< The name of the exception's type, at most 1 KiB.
  std::string what;  ///< What it said, at most 4 KiB; empty when the type cannot say anything.

  bool operator==(const exception_cause&) const = default;
};

/// What is known of an exception that ended a process; `get<exception_info>()` of a reason of that
/// kind.
///
/// The exception itself is not kept: its text can be compared, printed and sent to other threads.
struct OTP_VISIBLE exception_info {
  std::string type;                     ///< As in `exception_cause`.
  std::string what;                     ///< As in `exception_cause`.
  std::vector<exception_cause> causes;  ///< Nested exceptions, the outermost first, at most 8.

  /// Compares type and what; the same failure reached through other layers is still the same
  /// failure.
  bool operator==(const exception_info& other) const {
    return type == other.type && what == other.what;
  }
};

/// Why a process ended. Copies are cheap (16 bytes, an immutable shared detail) and never throw.
///
/// Reasons are compared as a whole: a user value that contains `normal` is not `normal` (P-044).
///
/// Thread safety: different objects may be used from different threads, also when they are copies
/// of one another. A user value is then read by several threads at once, so its const operations
/// must allow that.
class OTP_VISIBLE exit_reason {
 public:
  /// What a reason is, apart from its detail. `kill` is what somebody asked for, `killed` is what
  /// the others see afterwards (P-029, P-030).
  enum class kind : std::uint8_t {
    normal,    ///< The process had nothing more to do.
    shutdown,  ///< It was told to stop or chose to, perhaps with a detail. Not a crash.
    kill,      ///< As a signal it cannot be trapped; from the process itself it is plain.
    killed,    ///< It received the signal `kill`.
    noproc,    ///< There was no such process.
    noconnection,  ///< The connection to the process was lost.
    timeout,       ///< An answer did not come in time.
    deadlock,      ///< Waiting would have closed a circle of processes waiting for each other.
    mailbox_full,  ///< As much waits for the server as may (otp/mailbox.hpp).
    exception,     ///< An exception left the process: `get<exception_info>()`.
    call,          ///< A call failed: `get<call_info>()` says which, `root()` says why.
    value,         ///< A value of the user's: `get<T>()`.
  };

  /// `normal`.
  exit_reason() noexcept = default;

  /// One of the constants in `otp::reason`.
  template <detail::reason_constant Constant>
  exit_reason(Constant constant) noexcept : kind_{constant.type} {}

  /// A reason of the user's own (P-002). Character strings become a `std::string`.
  template <exit_value T>
  exit_reason(T value) : exit_reason{kind::value, hold<detail::stored_t<T>>(std::move(value))} {}

  exit_reason(const exit_reason&) noexcept = default;
  exit_reason& operator=(const exit_reason&) noexcept = default;

  /// Leaves `normal` behind.
  exit_reason(exit_reason&& other) noexcept
      : kind_{std::exchange(other.kind_, kind::normal)}, detail_{std::move(other.detail_)} {}
  exit_reason& operator=(exit_reason&& other) noexcept {
    exit_reason moved{std::move(other)};
    std::swap(kind_, moved.kind_);
    detail_.swap(moved.detail_);
    return *this;
  }

  ~exit_reason() = default;

  /// The reason of a process that an exception left (P-003): its type, `what()` and nested causes
  /// as text. An `exit_error` yields the reason it carries, a null pointer yields `normal`. Never
  /// throws: if memory runs out the reason is of kind `exception` without a detail.
  static exit_reason from_exception(std::exception_ptr exception) noexcept;

  /// The reason of a caller whose call failed (G-023, G-031): `inner` is why, `server` the name or
  /// pid that was called, and `message` the name of the request's type. Failed calls nest.
  static exit_reason from_call(exit_reason inner, std::string server, std::string_view message);

  /// The reason of a call that would have closed a circle of processes waiting for each other
  /// (G-030): `deadlock` with the circle as its detail, for example `a → b → a`. Test for it by
  /// `type()`.
  static exit_reason from_deadlock(std::string circle);

  /// What sort of reason this is.
  kind type() const noexcept { return kind_; }

  /// Whether this is `normal`, the only reason that does not take linked processes along (P-048).
  bool is_normal() const noexcept { return kind_ == kind::normal; }

  /// Whether this is `normal` or `shutdown`, with or without a detail: no crash, so no crash
  /// report. Links treat a shutdown like any other abnormal reason (P-043).
  ///
  /// Orderly as well: a failed call whose server stopped with a plain `shutdown`, because OTP's
  /// `{shutdown, {call, ...}}` is a shutdown with a detail. The system is stopping, and a caller
  /// caught in the middle did not crash. No other failed call is orderly, not even one whose server
  /// stopped with `normal` or `shutdown(detail)`.
  bool is_orderly() const noexcept;

  /// The user value, the detail of a shutdown, the circle of a deadlock (`std::string`), the
  /// `exception_info` or the `call_info`, if there is one of exactly this type; else null. The
  /// pointer is valid as long as this reason or a copy of it lives.
  template <class T>
  const T* get() const noexcept {
    static_assert(std::same_as<T, detail::stored_t<T>>,
                  "character strings are kept as std::string: use get<std::string>()");
    if (!detail_ || detail_->type() != detail::type_tag<T>()) {
      return nullptr;
    }
    return &static_cast<const detail::held_detail<T>&>(*detail_).value;
  }

  /// Why the innermost of a chain of calls failed; `*this` if this is no failed call.
  const exit_reason& root() const noexcept;

  /// Text for people: `normal`, `shutdown(upgrade)`, `std::runtime_error: boom`,
  /// `noproc in call counter::get to "counter"`. User values are formatted by fmt where fmt can,
  /// else named by their type. Of a long chain of calls only the innermost eight are named.
  std::string to_string() const;

  /// Same kind and equal detail: user values by type and `==`, exceptions by type and `what()`.
  bool operator==(const exit_reason& other) const;

 private:
  friend class exit_error;
  friend class detail::call_detail;
  friend struct reason::shutdown_constant;

  using detail_ptr = detail::intrusive_ptr<detail::exit_detail>;

  explicit exit_reason(kind type, detail_ptr detail = {}) noexcept
      : kind_{type}, detail_{std::move(detail)} {}

  template <class T, class Value>
  static detail_ptr hold(Value&& value) {
    static_assert(std::copy_constructible<T>,
                  "otp: an exit reason is given to everybody who is linked to the process or"
                  " watches it: give it a value that can be copied");
    static_assert(detail::owns_its_data<T>(),
                  "otp: an exit reason travels to other processes, so it may not hold references,"
                  " raw pointers or views: give it a value that owns its data, or say that sharing"
                  " is safe with otp::enable_sendable");
    return detail_ptr::adopt(new detail::held_detail<T>{T(std::forward<Value>(value))});
  }

  const char* c_str() const noexcept;

  kind kind_ = kind::normal;
  detail_ptr detail_;
};

/// Which call failed, and why; `get<call_info>()` of a reason of kind `call`.
struct OTP_VISIBLE call_info {
  exit_reason inner;    ///< Why; itself of kind `call` when the server failed in a call of its own.
  std::string server;   ///< The name or pid that was called.
  std::string message;  ///< The name of the request's type.

  bool operator==(const call_info&) const = default;
};

/// The reasons that need no detail. Each converts to `exit_reason` and compares with one.
namespace reason {

/// The type of the constants.
struct constant {
  using is_reason_constant = void;
  exit_reason::kind type;
};

/// The type of `shutdown`, which may also be called.
struct shutdown_constant : constant {
  /// A shutdown with a detail, as OTP's `{shutdown, X}`: no crash, but links take part (P-043).
  template <exit_value T>
  exit_reason operator()(T detail) const {
    return exit_reason{type, exit_reason::hold<detail::stored_t<T>>(std::move(detail))};
  }
};

/// The process had nothing more to do.
inline constexpr constant normal{exit_reason::kind::normal};
/// An orderly stop; `shutdown(detail)` says more.
inline constexpr shutdown_constant shutdown{{exit_reason::kind::shutdown}};
/// As an exit signal: ends the process even if it traps exits (P-029).
inline constexpr constant kill{exit_reason::kind::kill};
/// What the others see of a process that was ended by the signal `kill`.
inline constexpr constant killed{exit_reason::kind::killed};
/// There is no such process.
inline constexpr constant noproc{exit_reason::kind::noproc};
/// The connection to the process was lost.
inline constexpr constant noconnection{exit_reason::kind::noconnection};
/// An answer did not come in time.
inline constexpr constant timeout{exit_reason::kind::timeout};
/// Waiting would have closed a circle of processes that wait for each other.
inline constexpr constant deadlock{exit_reason::kind::deadlock};
/// As much waits for the server as may.
inline constexpr constant mailbox_full{exit_reason::kind::mailbox_full};

}  // namespace reason

}  // namespace otp

/// Formats a reason as `to_string` does, with the format options of a string.
template <>
struct fmt::formatter<otp::exit_reason> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::exit_reason& value, Context& context) const {
    return write(value.to_string(), context);
  }
};

namespace otp::detail {

template <>
void append_value(std::string& out, const exception_info& info);

}  // namespace otp::detail

// Has the definition of from_exception, which looks for an exit_error.
#include <otp/error.hpp>

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/exit_reason_impl.hpp>
#endif
