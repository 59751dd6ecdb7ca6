// Values of settings: typed, parsed from the text of a variable or option, printed as TOML.
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace otp {

/// The types that a setting may have.
enum class config_type : std::uint8_t {
  boolean,   ///< true or false; also yes, no, on, off, 1, 0.
  integer,   ///< A whole number of 64 bits.
  real,      ///< A number.
  duration,  ///< A number with a unit, such as 500ms, 1.5s, 1h30m; a bare 0.
  text,      ///< Any text.
  list,      ///< Texts; on the command line and in variables parted by commas.
};

/// The value of a setting, or only its type when nothing has been given yet.
class config_value {
 public:
  using list = std::vector<std::string>;
  using storage = std::variant<std::monostate, bool, std::int64_t, double, std::chrono::nanoseconds,
                               std::string, list>;

  /// No value of this type: what a key without a default has.
  config_value(config_type type = config_type::text) : type_{type} {}
  config_value(std::same_as<bool> auto value) : type_{config_type::boolean}, value_{value} {}
  config_value(std::integral auto value) requires(!std::same_as<decltype(value), bool>)
      : type_{config_type::integer}, value_{static_cast<std::int64_t>(value)} {}
  config_value(std::floating_point auto value)
      : type_{config_type::real}, value_{static_cast<double>(value)} {}
  template <class Rep, class Period>
  config_value(std::chrono::duration<Rep, Period> value)
      : type_{config_type::duration},
        value_{std::chrono::duration_cast<std::chrono::nanoseconds>(value)} {}
  config_value(std::string value) : type_{config_type::text}, value_{std::move(value)} {}
  config_value(std::string_view value) : config_value{std::string{value}} {}
  config_value(const char* value) : config_value{std::string{value}} {}
  config_value(list value) : type_{config_type::list}, value_{std::move(value)} {}

  /// Returns the value that `text` stands for, or nothing when it is none of that type.
  static std::optional<config_value> parse(config_type type, std::string_view text);

  config_type type() const noexcept { return type_; }
  bool is_set() const noexcept { return value_.index() != 0; }
  /// Returns the value if it is set and a `T` of `storage`, else nullptr.
  template <class T>
  const T* get() const noexcept {
    return std::get_if<T>(&value_);
  }
  /// Returns the value as TOML writes it: text in quotes, durations as text with a unit.
  std::string to_toml() const;
  friend bool operator==(const config_value&, const config_value&) = default;

 private:
  config_type type_;
  storage value_;
};

/// Returns what a value of this type is called in help and errors, such as "a whole number".
constexpr std::string_view description_of(config_type type) noexcept {
  switch (type) {
    case config_type::boolean:
      return "true or false";
    case config_type::integer:
      return "a whole number";
    case config_type::real:
      return "a number";
    case config_type::duration:
      return "a duration such as 500ms, 30s or 1h30m";
    case config_type::text:
      return "a text";
    case config_type::list:
      break;
  }
  return "a list of texts";
}

}  // namespace otp

#include <otp/detail/config_value_impl.hpp>
