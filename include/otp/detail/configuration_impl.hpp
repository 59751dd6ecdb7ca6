// How the members and functions declared in configuration.hpp work, except for the parsing of sources.
#pragma once

#include <otp/configuration.hpp>
#include <otp/detail/configuration_names.hpp>
#include <otp/detail/nearest_name.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <type_traits>

namespace otp {

namespace detail {

inline constexpr std::string_view masked = "(secret)";

[[noreturn]] inline void wrong_type(const configuration::entry& entry, std::string_view wanted) {
  throw std::invalid_argument(
      fmt::format("otp: configuration key \"{}\" is {}, but was asked for as {}", entry.name,
                  description_of(entry.value.type()), wanted));
}

}  // namespace detail

inline const configuration::entry& configuration::at(std::string_view name) const {
  std::vector<std::string> known;
  for (const entry& each : entries_) {
    if (each.name == name) return each;
    known.push_back(each.name);
  }
  const std::string nearest = detail::nearest_name(name, known);
  throw std::invalid_argument(
      fmt::format("otp: no configuration key \"{}\" was declared; {}", name,
                  nearest.empty() ? fmt::format("the keys are: {}", fmt::join(known, ", "))
                                  : fmt::format("did you mean \"{}\"?", nearest)));
}

template <class T>
std::optional<T> configuration::find(std::string_view name) const {
  const entry& found = at(name);
  const config_type type = found.value.type();
  const auto read = [&](config_type wanted, const auto* value, auto convert) -> std::optional<T> {
    if (type != wanted) detail::wrong_type(found, description_of(wanted));
    if (value == nullptr) return std::nullopt;
    return convert(*value);
  };
  const auto as_is = [](const auto& value) { return T{value}; };
  if constexpr (std::same_as<T, bool>) {
    return read(config_type::boolean, found.value.get<bool>(), as_is);
  } else if constexpr (std::integral<T>) {
    return read(config_type::integer, found.value.get<std::int64_t>(), [&](std::int64_t value) {
      if (!std::in_range<T>(value)) {
        throw std::invalid_argument(fmt::format(
            "otp: configuration key \"{}\" is {}, too large for the type that it was asked for as; "
            "declare it with otp::between",
            found.name, value));
      }
      return static_cast<T>(value);
    });
  } else if constexpr (std::floating_point<T>) {
    return read(config_type::real, found.value.get<double>(),
                [](double value) { return static_cast<T>(value); });
  } else if constexpr (detail::is_duration<T>::value) {
    return read(config_type::duration, found.value.get<std::chrono::nanoseconds>(),
                [](auto value) { return std::chrono::duration_cast<T>(value); });
  } else if constexpr (std::same_as<T, config_value::list>) {
    return read(config_type::list, found.value.get<config_value::list>(), as_is);
  } else {
    static_assert(std::same_as<T, std::string>,
                  "otp: settings are bools, numbers, durations, std::string or "
                  "std::vector<std::string>");
    return read(config_type::text, found.value.get<std::string>(), as_is);
  }
}

template <class T>
T configuration::get(std::string_view name) const {
  if (auto value = find<T>(name)) return *std::move(value);
  throw std::invalid_argument(
      fmt::format("otp: configuration key \"{}\" has no value; make it .required, give it a "
                  "default, or ask with find",
                  name));
}

inline std::string configuration::to_toml() const {
  std::vector<std::pair<std::string, std::string>> lines;
  std::size_t width = 0;
  for (const entry& each : entries_) {
    std::string line;
    if (!each.value.is_set()) {
      line = "# " + each.name + " is not set";
    } else if (each.secret) {
      line = each.name + " = " + detail::toml_text(detail::masked);
    } else {
      line = each.name + " = " + each.value.to_toml();
    }
    if (each.value.is_set()) width = std::max(width, line.size());
    lines.emplace_back(std::move(line), each.value.is_set() ? each.source.to_string() : "");
  }
  std::string out;
  for (const auto& [line, source] : lines) {
    if (source.empty()) {
      out += line + '\n';
    } else {
      fmt::format_to(std::back_inserter(out), "{:<{}}  # {}\n", line, width, source);
    }
  }
  return out;
}

inline std::string help_text(const configuration_spec& spec) {
  detail::check_spec(spec);
  std::vector<std::pair<std::string, std::vector<std::string>>> options;
  for (const config_key& key : spec.keys) {
    std::string facts;
    const auto add = [&](const std::string& fact) { facts += (facts.empty() ? "" : ", ") + fact; };
    if (!key.check.expected.empty()) add(key.check.expected);
    if (key.value.is_set()) {
      add("default " + (key.secret ? std::string{detail::masked} : key.value.to_toml()));
    } else if (key.required) {
      add("required");
    }
    add("variable " + (key.environment.empty() ? detail::variable_name(spec.program, key.name)
                                               : key.environment));
    std::vector<std::string> lines;
    if (!key.description.empty()) lines.push_back(key.description);
    lines.push_back(std::move(facts));
    options.emplace_back(
        "--" + detail::option_name(key.name) + std::string{detail::placeholder(key.value.type())},
        std::move(lines));
  }
  if (spec.file_format) {
    std::vector<std::string> lines{"read settings from FILE, below variables and options"};
    std::string facts = "variable " + detail::variable_name(spec.program, "config");
    if (!spec.default_file.empty())
      facts = "default " + spec.default_file + " if it exists, " + facts;
    lines.push_back(std::move(facts));
    options.emplace_back("--config FILE", std::move(lines));
  }
  for (const config_action& action : spec.actions) {
    options.emplace_back(
        "--" + action.name + (action.placeholder.empty() ? "" : " " + action.placeholder),
        std::vector<std::string>{action.description});
  }
  options.emplace_back("--print-config",
                       std::vector<std::string>{"show every setting and where it comes from"});
  options.emplace_back("--help", std::vector<std::string>{"show this text"});
  options.emplace_back("--version", std::vector<std::string>{"show the version"});

  std::size_t width = 0;
  for (const auto& [option, lines] : options) width = std::max(width, option.size());
  std::string out = spec.program;
  if (!spec.version.empty()) out += " " + spec.version;
  if (!spec.summary.empty()) out += ": " + spec.summary;
  fmt::format_to(std::back_inserter(out), "\n\nUsage: {} [OPTION]...\n\nOptions:\n", spec.program);
  for (const auto& [option, lines] : options) {
    std::string_view first = option;
    for (const std::string& line : lines) {
      fmt::format_to(std::back_inserter(out), "  {:<{}}  {}\n", first, width, line);
      first = {};
    }
  }
  return out;
}

}  // namespace otp
