// Keys with values: what telemetry measures and what a log line carries beside its text.
#pragma once

#include <otp/detail/text_formatter.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>

#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace otp {

/// The name of a field: a string literal, checked when compiling, so that a key never dangles and
/// costs no allocation. Copies refer to the same literal.
class field_key {
 public:
  /// Takes a literal. An empty one does not compile.
  template <std::size_t Size>
  consteval field_key(const char (&literal)[Size]) : text_{literal, Size - 1} {
    static_assert(Size > 1, "otp: the key of a field needs at least one character");
  }

  /// Returns the text of the literal; valid as long as the program runs.
  constexpr std::string_view text() const noexcept { return text_; }
  friend constexpr bool operator==(field_key a, field_key b) noexcept { return a.text_ == b.text_; }

 private:
  std::string_view text_;
};

/// One value of a field: nothing, a bool, a whole or a real number, a duration, a point in time, a
/// text, a pid or an exit reason. It owns what it holds, so it may be kept or sent to a process.
class field_value {
 public:
  using storage =
      std::variant<std::monostate, bool, std::int64_t, double, std::chrono::nanoseconds,
                   std::chrono::system_clock::time_point, std::string, pid, exit_reason>;

  field_value() = default;
  field_value(std::same_as<bool> auto value) : value_{value} {}
  /// Unsigned numbers beyond the largest std::int64_t become that number.
  field_value(std::integral auto value) requires(!std::same_as<decltype(value), bool>)
      : value_{clamp(value)} {}
  field_value(std::floating_point auto value) : value_{static_cast<double>(value)} {}
  template <class Rep, class Period>
  field_value(std::chrono::duration<Rep, Period> value)
      : value_{std::chrono::duration_cast<std::chrono::nanoseconds>(value)} {}
  field_value(std::chrono::system_clock::time_point value) : value_{value} {}
  field_value(std::string value) : value_{std::move(value)} {}
  field_value(std::string_view value) : value_{std::string{value}} {}
  field_value(const char* value) : value_{std::string{value}} {}
  field_value(pid value) : value_{value} {}
  // A template, so that what merely converts to an exit reason, which is nearly everything, is
  // refused.
  field_value(std::same_as<exit_reason> auto value) : value_{std::move(value)} {}

  /// Returns the value if it is a `T` of `storage`, else nullptr; valid while this object is.
  template <class T>
  const T* get() const noexcept {
    return std::get_if<T>(&value_);
  }
  /// Returns the underlying variant, for visitors such as formatters.
  const storage& variant() const noexcept { return value_; }
  /// Returns the value as people read it: `12`, `1.5`, `250ms`, `2026-11-22T12:00:00Z`, `nil`.
  std::string to_string() const;
  friend bool operator==(const field_value&, const field_value&) = default;

 private:
  template <class Integer>
  static constexpr std::int64_t clamp(Integer value) noexcept {
    constexpr auto highest = std::numeric_limits<std::int64_t>::max();
    return std::in_range<std::int64_t>(value) ? static_cast<std::int64_t>(value) : highest;
  }

  storage value_;
};

/// A key with its value.
struct field {
  field_key key;
  field_value value;
  friend bool operator==(const field&, const field&) = default;
};

/// A short list of fields in the order in which they were given: `fields{{"room", id}, {"n", 3}}`.
///
/// Looked up by walking, as such lists hold a handful. Keys are meant to be unique; `set` keeps
/// them so, the constructor takes the list as it stands and look-ups find the first. Thread safety:
/// as a std::vector.
class fields {
 public:
  fields() = default;
  fields(std::initializer_list<field> list) : list_{list} {}

  /// Replaces the value of `key`, or adds the field at the end.
  void set(field_key key, field_value value);
  /// Sets every field of `other`; its values win over those already here.
  void merge(const fields& other);
  /// Returns the value of `key`, or nullptr; valid until the list is changed.
  const field_value* find(std::string_view key) const noexcept;
  /// Returns the value of `key` if it is there and a `T`, else nullptr.
  template <class T>
  const T* get(std::string_view key) const noexcept {
    const field_value* const value = find(key);
    return value == nullptr ? nullptr : value->get<T>();
  }
  bool contains(std::string_view key) const noexcept { return find(key) != nullptr; }
  bool empty() const noexcept { return list_.empty(); }
  std::size_t size() const noexcept { return list_.size(); }
  auto begin() const noexcept { return list_.begin(); }
  auto end() const noexcept { return list_.end(); }
  friend bool operator==(const fields&, const fields&) = default;

 private:
  field_value* find_mutable(std::string_view key) noexcept {
    return const_cast<field_value*>(find(key));
  }

  std::vector<field> list_;
};

namespace detail {

std::string duration_text(std::chrono::nanoseconds duration);

std::string time_text(std::chrono::system_clock::time_point time);

}  // namespace detail

}  // namespace otp

/// Prints a value as `field_value::to_string` gives it.
template <>
struct fmt::formatter<otp::field_value> : otp::detail::text_formatter {
  fmt::appender format(const otp::field_value& value, fmt::format_context& context) const {
    return write(value.to_string(), context);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/field_impl.hpp>
#endif
