// A value or the error that took its place, for operations whose failure the caller wants to look
// at instead of being ended by it: `try_call`, `try_start`.
//
//     if (auto n = otp::try_call(ref, counter::get{}); n) { use(*n); } else { log(n.error()); }
#pragma once

#include <otp/error.hpp>
#include <otp/exit_reason.hpp>

#include <concepts>
#include <stdexcept>
#include <type_traits>
#include <utility>
#include <variant>

namespace otp {

/// Marks a value as an error, so that a `result` whose value and error have similar types is
/// unambiguous: `return otp::failure(otp::reason::noproc);`.
template <class E>
struct failure {
  E error;
};

template <class E>
failure(E) -> failure<E>;

/// Thrown by `result::value()` when there is none and the error type is no exception of the
/// library's own.
class bad_result_access : public std::logic_error {
 public:
  bad_result_access()
      : std::logic_error{"otp::result holds an error, not a value: test it, or use error()"} {}
};

namespace detail {

template <class E>
concept raisable = requires(const E& error) { error.raise(); };

template <class E>
[[noreturn]] void raise_error(const E& error) {
  if constexpr (std::same_as<E, exit_reason>) {
    throw exit_error{error};
  } else {
    if constexpr (raisable<E>) {
      error.raise();
    }
    throw bad_result_access{};
  }
}

template <class T>
struct is_failure : std::false_type {};
template <class E>
struct is_failure<failure<E>> : std::true_type {};

// What may stand for the value of a Result of T: anything that converts, but not the result itself.
template <class U, class T, class Result>
concept converts_to_value =
    !std::same_as<std::remove_cvref_t<U>, Result> && !is_failure<std::remove_cvref_t<U>>::value &&
    std::constructible_from<T, U> && std::convertible_to<U, T>;

// std::variant's own comparison is an error, not an absence, when its parts cannot be compared.
template <class... Parts>
concept comparable = (std::equality_comparable<Parts> && ...);

}  // namespace detail

/// Holds a `T`, or an `E` that says why there is none. Like `std::expected` of C++23, small.
///
/// `*` and `->` require a value and `error()` requires an error: otherwise the behaviour is
/// undefined (`value()` checks). A moved-from result keeps its state with a moved-from content. A
/// temporary gives its value away, so `for (auto& row : try_call(...).value())` does not dangle.
/// Thread safety: that of an ordinary value.
template <class T, class E = exit_reason>
class [[nodiscard]] result {
  static_assert(std::is_object_v<T> && std::is_object_v<E>,
                "otp::result holds values: give it object types (or void), not references");
  static_assert(!detail::is_failure<T>::value, "otp::failure marks an error, it is no value");

 public:
  using value_type = T;
  using error_type = E;

  /// A default value.
  constexpr result() = default;

  /// A value; converts what converts to `T`.
  template <detail::converts_to_value<T, result> U = T>
  constexpr result(U&& value) : content_{std::in_place_index<0>, std::forward<U>(value)} {}

  /// An error; converts what converts to `E`.
  template <std::convertible_to<E> G>
  constexpr result(failure<G> failed) : content_{std::in_place_index<1>, std::move(failed.error)} {}

  constexpr bool has_value() const noexcept { return content_.index() == 0; }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  /// The value. Throws `exit_error` when there is an exit reason instead, which ends a process that
  /// does not catch it; `start_error` for a `start_failure`; `bad_result_access` for other error
  /// types.
  constexpr T& value() & {
    require_value();
    return **this;
  }
  constexpr const T& value() const& {
    require_value();
    return **this;
  }
  constexpr T value() && {
    require_value();
    return *std::move(*this);
  }

  constexpr T& operator*() & noexcept { return *std::get_if<0>(&content_); }
  constexpr const T& operator*() const& noexcept { return *std::get_if<0>(&content_); }
  constexpr T operator*() && { return std::move(*std::get_if<0>(&content_)); }
  constexpr T* operator->() noexcept { return std::get_if<0>(&content_); }
  constexpr const T* operator->() const noexcept { return std::get_if<0>(&content_); }

  /// The error. Valid as long as this result.
  constexpr E& error() & noexcept { return *std::get_if<1>(&content_); }
  constexpr const E& error() const& noexcept { return *std::get_if<1>(&content_); }
  constexpr E&& error() && noexcept { return std::move(*std::get_if<1>(&content_)); }

  /// The value, or `other` converted to `T`.
  template <std::convertible_to<T> U>
  constexpr T value_or(U&& other) const& {
    return has_value() ? **this : static_cast<T>(std::forward<U>(other));
  }
  template <std::convertible_to<T> U>
  constexpr T value_or(U&& other) && {
    return has_value() ? *std::move(*this) : static_cast<T>(std::forward<U>(other));
  }

  constexpr bool operator==(const result& other) const
    requires detail::comparable<T, E>
  {
    return content_ == other.content_;
  }

 private:
  constexpr void require_value() const {
    if (!has_value()) {
      detail::raise_error(error());
    }
  }

  std::variant<T, E> content_;
};

/// Nothing on success, or an `E`.
template <class E>
class [[nodiscard]] result<void, E> {
 public:
  using value_type = void;
  using error_type = E;

  /// Success.
  constexpr result() = default;

  /// An error; converts what converts to `E`.
  template <std::convertible_to<E> G>
  constexpr result(failure<G> failed) : content_{std::in_place_index<1>, std::move(failed.error)} {}

  constexpr bool has_value() const noexcept { return content_.index() == 0; }
  constexpr explicit operator bool() const noexcept { return has_value(); }

  /// Throws as `result<T, E>::value()` does when there is an error.
  constexpr void value() const {
    if (!has_value()) {
      detail::raise_error(error());
    }
  }
  constexpr void operator*() const noexcept {}

  constexpr E& error() & noexcept { return *std::get_if<1>(&content_); }
  constexpr const E& error() const& noexcept { return *std::get_if<1>(&content_); }
  constexpr E&& error() && noexcept { return std::move(*std::get_if<1>(&content_)); }

  constexpr bool operator==(const result& other) const
    requires detail::comparable<E>
  {
    return content_ == other.content_;
  }

 private:
  std::variant<std::monostate, E> content_;
};

}  // namespace otp
