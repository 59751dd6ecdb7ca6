// The enumerators of a scoped enumeration and their names, without listing them a second time.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace otp::detail {

template <auto V>
constexpr std::string_view pretty_value() {
  return __PRETTY_FUNCTION__;
}

/// The name of the enumerator `V`; empty when the enumeration has none of that value. Compilers write
/// a value that has no name as a cast, `(color)7`.
template <auto V>
constexpr std::string_view enumerator_name() {
  std::string_view text = pretty_value<V>();
  text.remove_prefix(text.find("V = ") + 4);
  text = text.substr(0, text.find_first_of(";]"));
  if (const auto scope = text.rfind("::"); scope != std::string_view::npos) {
    text.remove_prefix(scope + 2);
  }
  return text.find(')') == std::string_view::npos ? text : std::string_view{};
}

/// Enumerators are looked for from 0 up to this.
inline constexpr std::size_t enumerator_limit = 64;

template <class E, std::size_t... I>
constexpr auto enumerator_names(std::index_sequence<I...>) {
  return std::array<std::string_view, sizeof...(I)>{
      enumerator_name<static_cast<E>(static_cast<std::underlying_type_t<E>>(I))>()...};
}

/// Calls `f.template operator()<V>()` for each enumerator `V` of `E` in turn, until one returns true;
/// returns whether one did.
template <class E, class F>
constexpr bool any_enumerator(F&& f) {
  constexpr auto names = enumerator_names<E>(std::make_index_sequence<enumerator_limit>{});
  return [&]<std::size_t... I>(std::index_sequence<I...>) {
    const auto try_one = [&]<std::size_t N>() {
      if constexpr (names[N].empty()) {
        return false;
      } else {
        return f.template operator()<static_cast<E>(static_cast<std::underlying_type_t<E>>(N))>();
      }
    };
    return (try_one.template operator()<I>() || ...);
  }
  (std::make_index_sequence<enumerator_limit>{});
}

/// The name of `value`; empty for a value without one.
template <class E>
constexpr std::string_view name_of_enumerator(E value) {
  constexpr auto names = enumerator_names<E>(std::make_index_sequence<enumerator_limit>{});
  const auto number = static_cast<std::size_t>(value);
  return number < names.size() ? names[number] : std::string_view{};
}

template <class E>
concept scoped_enum = std::is_enum_v<E> && !std::is_convertible_v<E, std::underlying_type_t<E>>;

}  // namespace otp::detail
