// How one key is written in a variable, as an option and in a file, and whether a spec is
// consistent.
#pragma once

#include <otp/config_spec.hpp>

#include <array>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>

namespace otp::detail {

// PROGRAM_NAME for "name": upper case, every other character an underscore.
inline std::string variable_name(std::string_view program, std::string_view key) {
  std::string name{program};
  name += '_';
  name += key;
  for (char& each : name) {
    if (each >= 'a' && each <= 'z') {
      each = static_cast<char>(each - 'a' + 'A');
    } else if (!(each >= 'A' && each <= 'Z') && !(each >= '0' && each <= '9')) {
      each = '_';
    }
  }
  return name;
}

// The option of a key as help shows it: "repo.pool_size" is --repo-pool-size.
inline std::string option_name(std::string_view key) {
  std::string name{key};
  for (char& each : name) {
    if (each == '_' || each == '.') each = '-';
  }
  return name;
}

// What help shows as the value of an option.
constexpr std::string_view placeholder(config_type type) noexcept {
  switch (type) {
    case config_type::boolean:
      return "";
    case config_type::integer:
    case config_type::real:
      return " NUMBER";
    case config_type::duration:
      return " TIME";
    case config_type::text:
      return " TEXT";
    case config_type::list:
      break;
  }
  return " A,B,...";
}

constexpr bool is_key_name(std::string_view name) noexcept {
  char previous = '.';
  for (const char each : name) {
    const bool word = (each >= 'a' && each <= 'z') || (each >= '0' && each <= '9') || each == '_';
    if (!word && (each != '.' || previous == '.')) return false;
    previous = each;
  }
  return previous != '.';
}

inline constexpr std::array<std::string_view, 4> reserved_options{"config", "help", "print-config",
                                                                  "version"};

// Mistakes of the programmer, found at the first start: two keys that one option or variable would
// set, names that no option can have, defaults that their own check refuses.
inline void check_spec(const configuration_spec& spec) {
  const auto refuse = [](const std::string& what) { throw std::invalid_argument("otp: " + what); };
  if (spec.program.empty()) refuse("a configuration_spec needs the name of its .program");
  std::map<std::string, std::string> options;
  std::map<std::string, std::string> variables;
  for (const std::string_view each : reserved_options) options[std::string{each}] = "otp itself";
  variables[variable_name(spec.program, "config")] = "otp itself";
  const auto claim = [&](auto& names, const std::string& name, const std::string& key,
                         std::string_view kind) {
    if (const auto [at, fresh] = names.emplace(name, key); !fresh && at->second != key) {
      refuse("configuration key \"" + key + "\": the " + std::string{kind} + " " + name +
             " is taken by " + at->second);
    }
  };
  for (const config_action& action : spec.actions) {
    if (options.contains(action.name)) {
      refuse("configuration action --" + action.name + " is taken by " + options[action.name]);
    }
    options[action.name] = "an action";
  }
  for (const config_key& key : spec.keys) {
    if (!is_key_name(key.name)) {
      refuse("\"" + key.name +
             "\" is no configuration key; expected lower-case words, digits and underscores, with "
             "dots between the names of tables");
    }
    if (options.contains(option_name(key.name))) {
      refuse("configuration key \"" + key.name + "\": the option --" + option_name(key.name) +
             " is taken by " + options[option_name(key.name)]);
    }
    options[option_name(key.name)] = key.name;
    claim(variables, variable_name(spec.program, key.name), key.name, "variable");
    if (!key.environment.empty()) claim(variables, key.environment, key.name, "variable");
    if (key.value.is_set() && key.check.accepts && !key.check.accepts(key.value)) {
      refuse("configuration key \"" + key.name + "\": its default " + key.value.to_toml() +
             " is not " + key.check.expected);
    }
  }
}

}  // namespace otp::detail
