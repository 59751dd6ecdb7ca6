// The settings of a program: declared keys whose values come from defaults, a file, environment
// variables and the command line, and which know where they came from.
//
//     otp::configuration_spec spec{
//         .program = "chatroom",
//         .version = "0.1.0",
//         .summary = "A chat room.",
//         .keys = {{.name = "port", .value = 4000, .environment = "PORT",
//                   .check = otp::between(0, 65535), .description = "TCP port of the web
//                   server"}}};
//     auto parsed = otp::parse_configuration(spec, inputs);
//     int port = parsed->values.get<int>("port");
#pragma once

#include <otp/config_spec.hpp>
#include <otp/config_value.hpp>
#include <otp/result.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// The values of all keys. Immutable, so any thread may read it.
class configuration {
 public:
  /// One key with its value.
  struct entry {
    std::string name;
    config_value value;
    config_source source;
    bool secret = false;
  };

  configuration() = default;
  explicit configuration(std::vector<entry> entries) : entries_{std::move(entries)} {}

  /// Returns the value of a key as `T`: bool, a number, std::string, a duration of <chrono>, or
  /// std::vector<std::string>. Throws std::invalid_argument when no such key was declared, when it
  /// is of another type or does not fit into `T`, or when it has no value.
  template <class T>
  T get(std::string_view name) const;
  /// The same, but returns nothing when the key has no value.
  template <class T>
  std::optional<T> find(std::string_view name) const;

  /// Returns whether there is such a key, with a value or without.
  bool contains(std::string_view name) const noexcept {
    return std::any_of(entries_.begin(), entries_.end(),
                       [&](const entry& each) { return each.name == name; });
  }
  /// Returns where the value came from. Throws std::invalid_argument when there is no such key.
  const config_source& source(std::string_view name) const { return at(name).source; }
  /// Returns all keys in the order in which they were declared.
  const std::vector<entry>& entries() const noexcept { return entries_; }
  /// Returns what `--print-config` shows: a TOML file with the sources as comments, secrets masked.
  std::string to_toml() const;

 private:
  const entry& at(std::string_view name) const;

  std::vector<entry> entries_;
};

/// What the person who started the program asked for.
enum class config_request : std::uint8_t { run, help, version, print_config, action };

struct parsed_configuration {
  config_request request = config_request::run;
  configuration values{};                ///< Empty for `help` and `version`.
  std::string action{};                  ///< For `action`: which one.
  std::vector<std::string> arguments{};  ///< For `action`: what followed it.
};

/// Decides every key's value: default < file < environment < command line (C-300).
///
/// Options are `--pool-size 5` or `--pool-size=5` (dots and underscores of the key may be written
/// as hyphens), for a bool also `--console` and `--no-console`; besides `--config FILE`,
/// `--print-config`,
/// `--help` and `--version`. The file may also be named by the variable PROGRAM_CONFIG.
/// Returns all errors at once: unknown keys with the nearest known one, values of the wrong type or
/// out of range with their source and what is expected, required keys without a value, files that
/// cannot be read. Throws std::invalid_argument when the spec itself is wrong.
result<parsed_configuration, std::vector<config_error>> parse_configuration(
    const configuration_spec& spec, const config_inputs& inputs);

/// Returns the text of `--help`.
std::string help_text(const configuration_spec& spec);

}  // namespace otp

#include <otp/detail/configuration_impl.hpp>
#include <otp/detail/configuration_parser.hpp>
