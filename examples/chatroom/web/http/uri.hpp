// Request targets and form bodies: percent-decoding, queries, and paths that cannot escape.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace chatroom::http {

/// Decodes %XX, and "+" as a space if `plus_is_space`. Nothing if an escape is malformed.
std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space = false);

/// Encodes everything but letters, digits and "-._~".
std::string percent_encode(std::string_view text);

/// The path of a request target, decoded once. Nothing if it is malformed or could name something
/// outside: NUL, backslash, "..", ill-formed UTF-8, or not beginning with "/" (C-102).
std::optional<std::string> safe_path(std::string_view target);

/// The part of a request target after "?", still encoded.
std::string_view query_of(std::string_view target);

/// The fields of a query or of an `application/x-www-form-urlencoded` body. Values are valid
/// UTF-8: ill-formed bytes are replaced. Names stay as they are written in the HTML.
class form {
 public:
  static constexpr std::size_t max_fields = 1000;

  form() = default;
  explicit form(std::vector<std::pair<std::string, std::string>> fields)
      : fields_{std::move(fields)} {}

  /// Nothing if the text is malformed or has more than `max_fields` fields.
  static std::optional<form> parse(std::string_view encoded);

  /// Returns the last value of `name`, or nothing.
  std::optional<std::string_view> find(std::string_view name) const;
  /// Returns the last value of `name`, or an empty string.
  std::string_view get(std::string_view name) const { return find(name).value_or(""); }

  /// Returns whether the LiveView client marks the field as not yet touched by the user. For the
  /// field `a[b]` the mark is a field `a[_unused_b]`.
  bool untouched(std::string_view name) const;

  const std::vector<std::pair<std::string, std::string>>& fields() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

}  // namespace chatroom::http
