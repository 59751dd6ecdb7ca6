// Which settings a program has: keys, their checks and sources, and what can be wrong with them.
#pragma once

#include <otp/config_value.hpp>
#include <otp/result.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otp {

/// What a value must fulfil beyond its type. The default accepts everything.
struct config_check {
  std::string expected{};  ///< For people: "from 0 to 65535".
  std::function<bool(const config_value&)>
      accepts{};  ///< Called with a set value of the key's type.
};

/// Accepts numbers or durations from `low` to `high`, both included.
template <class Low, class High>
config_check between(Low low, High high);
/// Accepts the texts listed.
config_check one_of(std::vector<std::string> words);
/// Accepts texts of at least so many bytes.
config_check at_least_bytes(std::size_t count);

/// One setting.
struct config_key {
  /// Lower-case words, digits and underscores; dots stand for tables of the file: "repo.pool_size".
  std::string name{};
  /// The default, whose type is the key's type; a `config_type` when there is none.
  config_value value{};
  /// A variable that sets the key, beside PROGRAM_NAME, which always does and goes first.
  std::string environment{};
  config_check check{};
  std::string description{};
  bool required = false;  ///< Whether it must be set in the end.
  bool secret = false;    ///< Whether its value is masked wherever it would be shown.
};

/// Where a value came from; a later one wins.
enum class config_origin : std::uint8_t { built_in, file, environment, command_line, put_env };

struct config_source {
  config_origin origin = config_origin::built_in;
  std::string detail{};  ///< The file and line, the variable or the option; empty for a default.

  /// Returns it for people: "default", "file chat.toml line 3", "environment PORT", "put_env".
  std::string to_string() const;
};

/// One setting of a file.
struct config_file_entry {
  std::string name{};    ///< With the names of its tables: "repo.pool_size".
  config_value value{};  ///< A number, bool, text or list; durations are texts in files.
  std::size_t line = 0;
};

/// Why a file cannot be read as what it should be.
struct config_file_error {
  std::string message{};
  std::size_t line = 0;  ///< 0 if unknown.
};

/// Turns the text of a file into its settings; see configuration_toml.hpp.
using config_file_format =
    std::function<result<std::vector<config_file_entry>, config_file_error>(std::string_view text)>;

/// An option that makes the program do something else than run, such as `--console tree`.
struct config_action {
  std::string name{};  ///< As after the hyphens.
  std::string
      placeholder{};  ///< What may follow, for help; empty: nothing. What follows is not parsed.
  std::string description{};
};

/// The settings of a program, and what `--help` and `--version` say.
struct configuration_spec {
  std::string program{};  ///< Name of the command; begins the names of variables.
  std::string version{};
  std::string summary{};
  std::vector<config_key> keys{};
  std::vector<config_action> actions{};
  config_file_format file_format{};  ///< Empty: the program has no `--config`.
  std::string default_file{};        ///< Read if it exists and no other is named.
};

/// Everything that decides the outcome; nothing else is looked at.
struct config_inputs {
  std::vector<std::string> arguments{};              ///< Without the program's own name.
  std::map<std::string, std::string> environment{};  ///< An empty variable counts as absent.
  /// Returns the text of a file, or nothing if there is no such file that can be read.
  std::function<std::optional<std::string>(const std::string& path)> read_file{};

  /// Returns the inputs of this program: its arguments, its environment and its file system.
  static config_inputs of_program(int argc, const char* const* argv);
};

/// One thing that is wrong, as one line for the person who starts the program. Never shows the
/// value of a secret.
struct config_error {
  enum class kind : std::uint8_t { unknown_key, bad_value, missing_value, bad_option, bad_file };
  kind what = kind::bad_option;
  std::string message{};
};

}  // namespace otp

#include <otp/detail/config_spec_impl.hpp>
