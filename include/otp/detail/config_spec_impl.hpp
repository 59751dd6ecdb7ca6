// How the functions declared in config_spec.hpp work.
#pragma once

#include <otp/config_spec.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <fstream>
#include <sstream>
#include <type_traits>
#include <utility>

namespace otp {

namespace detail {

template <class T>
struct is_duration : std::false_type {};
template <class Rep, class Period>
struct is_duration<std::chrono::duration<Rep, Period>> : std::true_type {};

// The number or duration in the representation that checks compare.
template <class T>
constexpr auto setting_of(T value) {
  if constexpr (is_duration<T>::value) {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(value);
  } else if constexpr (std::floating_point<T>) {
    return static_cast<double>(value);
  } else {
    return static_cast<std::int64_t>(value);
  }
}

}  // namespace detail

template <class Low, class High>
config_check between(Low low, High high) {
  const auto lowest = detail::setting_of(low);
  const auto highest = detail::setting_of(high);
  const auto shown = [](const auto& value) {
    if constexpr (detail::is_duration<Low>::value) {
      return detail::exact_duration_text(value);
    } else {
      return fmt::format("{}", value);
    }
  };
  return {.expected = fmt::format("from {} to {}", shown(lowest), shown(highest)),
          .accepts = [lowest, highest](const config_value& value) {
            const auto* given = value.get<std::remove_const_t<decltype(lowest)>>();
            return given != nullptr && lowest <= *given && *given <= highest;
          }};
}

inline config_check one_of(std::vector<std::string> words) {
  return {.expected = fmt::format("one of {}", fmt::join(words, ", ")),
          .accepts = [words](const config_value& value) {
            const auto* given = value.get<std::string>();
            return given != nullptr && std::find(words.begin(), words.end(), *given) != words.end();
          }};
}

inline config_check at_least_bytes(std::size_t count) {
  return {.expected = fmt::format("at least {} bytes long", count),
          .accepts = [count](const config_value& value) {
            const auto* given = value.get<std::string>();
            return given != nullptr && given->size() >= count;
          }};
}

inline std::string config_source::to_string() const {
  switch (origin) {
    case config_origin::built_in:
      return "default";
    case config_origin::file:
      return "file " + detail;
    case config_origin::environment:
      return "environment " + detail;
    case config_origin::command_line:
      return "command line " + detail;
    case config_origin::put_env:
      break;
  }
  return "put_env";
}

namespace detail {

// What a value of this key must be, for people.
inline std::string expected_of(const config_key& key) {
  std::string expected{description_of(key.value.type())};
  if (!key.check.expected.empty()) expected += " " + key.check.expected;
  return expected;
}

}  // namespace detail

inline config_inputs config_inputs::of_program(int argc, const char* const* argv) {
  config_inputs inputs;
  for (int at = 1; at < argc; ++at) inputs.arguments.emplace_back(argv[at]);
  for (char** at = ::environ; at != nullptr && *at != nullptr; ++at) {
    const std::string_view variable{*at};
    const std::size_t equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    inputs.environment.emplace(variable.substr(0, equals), variable.substr(equals + 1));
  }
  inputs.read_file = [](const std::string& path) -> std::optional<std::string> {
    std::ifstream file{path, std::ios::binary};
    std::ostringstream text;
    if (!file) return std::nullopt;
    // To copy nothing counts as a failure, so an empty file is found out before.
    if (file.peek() == std::ifstream::traits_type::eof() && !file.bad()) return std::string{};
    if (!(text << file.rdbuf())) return std::nullopt;
    return std::move(text).str();
  };
  return inputs;
}

}  // namespace otp
