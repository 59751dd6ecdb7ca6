// Names and identities of types without run-time type information: texts for reports, and one
// address per type by which an erased message or exit reason is recognised.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace otp::detail {

template <class T>
constexpr std::string_view pretty_function() {
  return __PRETTY_FUNCTION__;
}

// What stands before and after the type in the compiler's text is measured with a type whose
// spelling is known, so no compiler's format is written down here.
struct pretty_frame {
  std::size_t before;
  std::size_t after;
};

constexpr pretty_frame measure_pretty_frame() {
  constexpr std::string_view known = "double";
  constexpr std::string_view text = pretty_function<double>();
  constexpr std::size_t before = text.find(known);
  static_assert(before != std::string_view::npos, "the compiler does not name template arguments");
  return {before, text.size() - before - known.size()};
}

/// The qualified name of `T` as the compiler spells it, for people to read.
///
/// The text lives as long as the program. It differs between compilers (unnamed namespaces, default
/// template arguments), so it must not be compared to decide whether two types are the same: use
/// `type_tag`.
template <class T>
constexpr std::string_view type_name() {
  constexpr pretty_frame frame = measure_pretty_frame();
  constexpr std::string_view text = pretty_function<T>();
  return text.substr(frame.before, text.size() - frame.before - frame.after);
}

template <std::size_t Capacity>
struct name_buffer {
  std::array<char, Capacity> text{};
  std::size_t size = 0;
};

// Drops the noise that compilers put into names: unnamed namespaces anywhere, and the enclosing
// function of a local type.
template <std::size_t Capacity>
constexpr name_buffer<Capacity> shorten_name(std::string_view full) {
  constexpr std::array<std::string_view, 3> noise = {
      "(anonymous namespace)::", "{anonymous}::", "<unnamed>::"};
  if (const std::size_t local = full.rfind("()::"); local != std::string_view::npos) {
    const std::string_view inner = full.substr(local + 4);
    // A parenthesis or bracket afterwards would mean that the function is part of a template
    // argument.
    if (inner.find_first_of(">)") == std::string_view::npos) {
      full = inner;
    }
  }
  name_buffer<Capacity> result;
  while (!full.empty()) {
    bool skipped = false;
    for (const std::string_view word : noise) {
      if (full.substr(0, word.size()) == word) {
        full.remove_prefix(word.size());
        skipped = true;
      }
    }
    if (!skipped) {
      result.text[result.size++] = full.front();
      full.remove_prefix(1);
    }
  }
  return result;
}

template <class T>
struct short_name {
  static constexpr auto buffer = shorten_name<type_name<T>().size()>(type_name<T>());
};

/// The name of `T` without unnamed namespaces and enclosing functions: `counter::add` for a message
/// `add` of a server `counter` in an unnamed namespace. For people to read; it lives as long as the
/// program.
template <class T>
constexpr std::string_view short_type_name() {
  return {short_name<T>::buffer.text.data(), short_name<T>::buffer.size};
}

/// Identifies a type within the process: two ids are equal exactly when the types are the same.
using type_id = const void*;

// Default visibility: a plugin built with -fvisibility=hidden must see the same address as the
// program. (A type that is itself hidden has one id per shared object; messages that cross such a
// border must be exported.) The tag holds the type's name, so that a message which nobody expected
// can still be named in a report.
template <class T>
struct __attribute__((visibility("default"))) type_tag_holder {
  static inline constexpr std::string_view name = short_type_name<T>();
};

/// The id of `T`: an address, never a hash of the name, so types of equal name in different scopes
/// differ.
template <class T>
constexpr type_id type_tag() noexcept {
  return &type_tag_holder<T>::name;
}

/// The short name of the type that `id` stands for. `id` must come from `type_tag`.
inline std::string_view type_id_name(type_id id) noexcept {
  return *static_cast<const std::string_view*>(id);
}

}  // namespace otp::detail
