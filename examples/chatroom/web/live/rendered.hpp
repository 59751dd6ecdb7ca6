// What a render returns: the template's identity and the values of its holes, as a tree.
//
// Everything printed is escaped unless it says `safe_html`. The tree is a plain value: copy it,
// compare two of them (diff.hpp), or print it.
#pragma once

#include "web/live/template.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace chatroom::live {

struct dynamic;

/// One template with its values.
struct rendered {
  const shape* form = nullptr;
  std::vector<dynamic> holes;
};

/// A list whose entries are recognised by key, so that an unchanged entry is never sent again.
/// All entries have the same shape. Made by `each`.
struct keyed_list {
  struct entry {
    std::string key;
    std::vector<dynamic> holes;
  };
  const shape* form = nullptr;
  std::vector<entry> entries;
};

/// The pending operations of a stream (stream.hpp): a list that only the browser remembers.
struct stream_batch {
  struct entry {
    std::string dom_id;
    std::int32_t at = -1;                      // -1: end, 0: front
    std::optional<std::int32_t> limit;         // -n: keep the last n, n: keep the first n
    std::vector<dynamic> holes;
  };
  std::string ref;
  const shape* form = nullptr;
  std::vector<entry> inserts;
  std::vector<std::string> deletes;
  bool reset = false;

  bool empty() const { return inserts.empty() && deletes.empty() && !reset; }
};

/// The value of one hole. The string is HTML, escaped already.
struct dynamic {
  std::variant<std::string, rendered, keyed_list, stream_batch> value;
};

/// HTML that is written as it is. Never make one of anything a user has typed.
struct safe_html {
  std::string html;
};

/// An attribute that may be absent; for holes that stand where an attribute could stand.
///   attribute{"disabled"}.when(busy)      attribute{"value", text}
class attribute {
 public:
  explicit attribute(std::string_view name);
  attribute(std::string_view name, std::string_view value);

  /// Returns this attribute, or nothing to print if `present` is false.
  attribute when(bool present) &&;
  const std::string& html() const { return html_; }

 private:
  std::string html_;
};

/// Appends the whole page as HTML (the dead render).
void append_html(std::string& out, const rendered& page);
std::string to_html(const rendered& page);

namespace detail {

std::string escape(std::string_view text);
std::string number(std::int64_t value);
std::string number(std::uint64_t value);

/// Gives all entries one shape: entries of several shapes are wrapped in a shape of one hole.
const shape* unify(std::vector<rendered>& entries);

template <class T>
concept integer = std::integral<T> && !std::same_as<T, bool> && !std::same_as<T, char>;

// A number is sent as a string: on this wire a JSON number would name a component.
template <hole Context, class T>
dynamic to_dynamic(T&& value) {
  using type = std::remove_cvref_t<T>;
  if constexpr (Context == hole::attribute) {
    static_assert(std::same_as<type, attribute>,
                  "a hole that stands where an attribute could stand takes a live::attribute");
    return {value.html()};
  } else if constexpr (integer<type>) {
    using wide = std::conditional_t<std::is_signed_v<type>, std::int64_t, std::uint64_t>;
    return {number(static_cast<wide>(value))};
  } else if constexpr (std::convertible_to<const type&, std::string_view>) {
    return {escape(std::string_view{value})};
  } else {
    static_assert(Context == hole::text,
                  "a quoted attribute value takes text or a whole number, no markup");
    if constexpr (std::same_as<type, safe_html>) {
      return {std::string{std::forward<T>(value).html}};
    } else if constexpr (std::same_as<type, dynamic>) {
      return std::forward<T>(value);
    } else if constexpr (std::same_as<type, std::optional<rendered>>) {
      if (value) return {*std::forward<T>(value)};
      return {std::string{}};
    } else {
      static_assert(std::same_as<type, rendered> || std::same_as<type, keyed_list> ||
                        std::same_as<type, stream_batch>,
                    "a hole takes text, a whole number, safe_html, another template, an "
                    "optional template, each(...) or a stream");
      return {std::forward<T>(value)};
    }
  }
}

}  // namespace detail

/// A compiled template: call it with one value per hole.
template <fixed_string Source>
struct html_template {
  template <class... Values>
  rendered operator()(Values&&... values) const {
    using source = detail::compiled<Source>;
    static_assert(sizeof...(Values) == source::holes,
                  "give one value for each {hole} of the template, in order");
    rendered out{&source::value, {}};
    out.holes.reserve(sizeof...(Values));
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      (out.holes.push_back(
           detail::to_dynamic<source::parts.contexts[I]>(std::forward<Values>(values))),
       ...);
    }(std::index_sequence_for<Values...>{});
    return out;
  }
};

/// Renders each item of `items` with `render`, and recognises it later by `key(item)`, a string or
/// whole number that is unique in the list.
template <class Range, class Key, class Render>
dynamic each(const Range& items, Key key, Render render) {
  std::vector<rendered> pages;
  keyed_list list;
  for (const auto& item : items) {
    if constexpr (detail::integer<std::remove_cvref_t<decltype(key(item))>>) {
      list.entries.push_back({std::to_string(key(item)), {}});
    } else {
      list.entries.push_back({std::string{key(item)}, {}});
    }
    pages.push_back(render(item));
  }
  if (pages.empty()) return {std::string{}};  // an empty list and "nothing" look the same
  list.form = detail::unify(pages);
  for (std::size_t i = 0; i < pages.size(); ++i) list.entries[i].holes = std::move(pages[i].holes);
  return {std::move(list)};
}

inline namespace literals {

template <fixed_string Source>
constexpr html_template<Source> operator""_html() {
  return {};
}

}  // namespace literals
}  // namespace chatroom::live
