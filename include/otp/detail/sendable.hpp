// What may be sent to another process: a message owns all that it refers to, so that two processes
// never look at the same memory (P-014). Checked when compiling, as deep as the language allows.
#pragma once

#include <fmt/core.h>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <initializer_list>
#include <optional>
#include <span>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

namespace otp {

/// Says that a type may be sent although `sendable` refuses it:
/// `template <> inline constexpr bool otp::enable_sendable<handle> = true;`.
///
/// The promise is that what the message refers to lives long enough and is not changed by anybody
/// while others look at it.
template <class T>
inline constexpr bool enable_sendable = false;

namespace detail {

template <class T, class... Seen>
constexpr bool owns_its_data();

// Types that refer to data of somebody else by their nature.
template <class T>
inline constexpr bool is_view = false;
template <class Char, class Traits>
inline constexpr bool is_view<std::basic_string_view<Char, Traits>> = true;
template <class Char>
inline constexpr bool is_view<fmt::basic_string_view<Char>> = true;
template <class T, std::size_t Extent>
inline constexpr bool is_view<std::span<T, Extent>> = true;
template <class T>
inline constexpr bool is_view<std::reference_wrapper<T>> = true;
template <class T>
inline constexpr bool is_view<std::initializer_list<T>> = true;

// The types whose values a known wrapper holds.
template <class... T>
struct parts {
  static constexpr bool known = true;
  template <class... Seen>
  static constexpr bool own_their_data() {
    return (owns_its_data<T, Seen...>() && ...);
  }
};

template <class T>
struct parts_of {
  static constexpr bool known = false;
};
template <class Container>
  requires requires(Container& container) {
    typename Container::value_type;
    container.begin();
  }
struct parts_of<Container> : parts<typename Container::value_type> {};
template <class T>
struct parts_of<std::optional<T>> : parts<T> {};
template <class First, class Second>
struct parts_of<std::pair<First, Second>> : parts<First, Second> {};
template <class... T>
struct parts_of<std::tuple<T...>> : parts<T...> {};
template <class... T>
struct parts_of<std::variant<T...>> : parts<T...> {};

// Aggregates are taken apart by asking which initialisers they accept: objects that convert to
// anything count the fields, and objects that convert only to some types then tell what the fields
// are. Unlike structured bindings this cannot fail to compile, and arrays and bases work.
//
// The operators that yield references take the object by kind of reference, so that each kind of
// field finds exactly one best: X& the first, X and X&& the second. None is ever called; they have
// bodies because compilers miss a body when a constructor of a field's type would call them.
template <class Aggregate>
struct any_field {
  template <class U>
    requires(!std::same_as<std::remove_cv_t<U>, Aggregate>)
  operator U&() const& noexcept { std::abort(); }
  template <class U>
    requires(!std::same_as<std::remove_cv_t<U>, Aggregate>)
  operator U&&() const&& noexcept { std::abort(); }
};

// Accepted where a field holds a value that owns its data; also where it is a const X& or an X&&.
template <class Aggregate, class... Seen>
struct owning_field {
  template <class U>
    requires(!std::same_as<std::remove_cv_t<U>, Aggregate> &&
             owns_its_data<std::remove_cv_t<U>, Seen...>())
  operator U() const&& noexcept { std::abort(); }
};

// Accepted by a const X&: only there is const a part of the type that is asked for.
template <class Aggregate>
struct const_reference_field {
  template <class U>
    requires(std::is_const_v<U>)
  operator U&() const noexcept { std::abort(); }
};

// Accepted by an X that can be copied, but not by an X&&.
template <class Aggregate>
struct lvalue_field {
  template <class U>
    requires(!std::same_as<std::remove_cv_t<U>, Aggregate>)
  operator U&() const noexcept { std::abort(); }
};

// Accepted by an X that can only be moved.
template <class Aggregate>
struct move_only_field {
  template <class U>
    requires(!std::same_as<std::remove_cv_t<U>, Aggregate> && !std::copy_constructible<U>)
  operator U() const&& noexcept { std::abort(); }
};

template <class Aggregate, class... Fields>
concept initialisable = requires { Aggregate{Fields{}...}; };

template <class Aggregate, class Field, std::size_t First, std::size_t Last, std::size_t... Index>
constexpr bool takes_indexed(std::index_sequence<Index...>) {
  return initialisable<Aggregate, std::conditional_t<(First <= Index && Index < Last), Field,
                                                     any_field<Aggregate>>...>;
}

// Whether `Count` initialisers are accepted, those from `First` to before `Last` of the kind
// `Field` and the others of any kind.
template <class Aggregate, std::size_t Count, class Field = any_field<Aggregate>,
          std::size_t First = 0, std::size_t Last = Count>
inline constexpr bool takes =
    takes_indexed<Aggregate, Field, First, Last>(std::make_index_sequence<Count>{});

// As `takes`, and each initialiser meets a whole field. One that cannot initialise a field which is
// an aggregate itself is tried on the first field of that one: the sign is room for one more.
template <class Aggregate, std::size_t Count, class Field, std::size_t First, std::size_t Last>
inline constexpr bool takes_whole = takes<Aggregate, Count, Field, First, Last> &&
                                    !takes<Aggregate, Count + 1, Field, First, Last>;

// Fields beyond this many are not looked at; elements of arrays count as fields.
inline constexpr std::size_t max_fields = 32;
inline constexpr std::size_t unknown_count = max_fields + 1;

// How many initialisers an aggregate takes. The first few may be too few when a later field has no
// default (a reference, say), so counting starts at the first number that is accepted.
template <class Aggregate, std::size_t Count = 0, bool Found = false>
constexpr std::size_t count_fields() {
  if constexpr (Count > max_fields) {
    return unknown_count;
  } else if constexpr (takes<Aggregate, Count>) {
    return count_fields<Aggregate, Count + 1, true>();
  } else if constexpr (Found) {
    return Count - 1;
  } else {
    return count_fields<Aggregate, Count + 1, false>();
  }
}

template <class Aggregate, std::size_t Count, std::size_t At>
constexpr bool is_reference_at() {
  if constexpr (takes_whole<Aggregate, Count, const_reference_field<Aggregate>, At, At + 1>) {
    return true;
  } else if constexpr (takes<Aggregate, Count, lvalue_field<Aggregate>, At, At + 1>) {
    return false;
  } else {
    return !takes<Aggregate, Count, move_only_field<Aggregate>, At, At + 1>;
  }
}

template <class Aggregate, std::size_t... Index>
constexpr bool has_references(std::index_sequence<Index...>) {
  return (is_reference_at<Aggregate, sizeof...(Index), Index>() || ...);
}

template <class Aggregate, class... Seen>
constexpr bool fields_own_their_data() {
  constexpr std::size_t count = count_fields<Aggregate>();
  using owning = owning_field<Aggregate, Seen...>;
  if constexpr (count == unknown_count) {
    // Too many fields, or one that we cannot initialise: look as far as possible.
    return !takes<Aggregate, max_fields> || takes<Aggregate, max_fields, owning>;
  } else if constexpr (!takes_whole<Aggregate, count, owning, 0, count>) {
    return false;
  } else if constexpr (std::is_move_assignable_v<Aggregate>) {
    return true;  // so it has no references, and we need not look for them
  } else {
    return !has_references<Aggregate>(std::make_index_sequence<count>{});
  }
}

// `Seen` are the types that are being looked at: a tree that holds a vector of trees ends there.
template <class T, class... Seen>
constexpr bool owns_its_data() {
  if constexpr (std::is_arithmetic_v<T> || std::is_enum_v<T> || enable_sendable<T> ||
                (std::same_as<T, Seen> || ...)) {
    return true;
  } else if constexpr (std::is_pointer_v<T>) {
    return std::is_function_v<std::remove_pointer_t<T>>;
  } else if constexpr (std::is_const_v<T> || std::is_volatile_v<T>) {
    return owns_its_data<std::remove_cv_t<T>, Seen...>();
  } else if constexpr (std::is_bounded_array_v<T>) {
    return owns_its_data<std::remove_all_extents_t<T>, Seen...>();
  } else if constexpr (std::is_reference_v<T> || std::is_null_pointer_v<T> || is_view<T>) {
    return false;
  } else if constexpr (!std::is_class_v<T>) {
    return true;  // unions and pointers to members
  } else if constexpr (parts_of<T>::known) {
    return parts_of<T>::template own_their_data<T, Seen...>();
  } else if constexpr (std::is_aggregate_v<T>) {
    return fields_own_their_data<T, T, Seen...>();
  } else {
    return true;
  }
}

}  // namespace detail

/// A type that may be sent as a message: it can be moved, and it holds no reference, raw pointer,
/// `std::string_view`, `std::span`, `std::reference_wrapper` or `std::initializer_list`.
///
/// Looks into aggregates, arrays, containers, `std::optional`, `std::pair`, `std::tuple`,
/// `std::variant` and `shared`. Not seen are the private members of classes, the captures of
/// lambdas and of what `std::function` holds, unions, what a smart pointer points to, and whatever
/// stands after the 32nd field of an aggregate. Pointers to functions are allowed.
/// `enable_sendable` is the way to send a type that this refuses.
template <class T>
concept sendable = std::is_object_v<T> && std::move_constructible<T> && detail::owns_its_data<T>();

}  // namespace otp

namespace otp::detail {

/// Refuses what is not sendable.
template <class M>
constexpr void require_sendable() {
  static_assert(sendable<M>,
                "a message may not hold references, raw pointers, string_view or span: what they "
                "refer to belongs to the sender. Send a value, or otp::shared<T>; for a type that "
                "is safe, specialise otp::enable_sendable");
}

}  // namespace otp::detail
