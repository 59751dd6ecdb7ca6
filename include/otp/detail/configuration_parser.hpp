// Collects the values of all keys from their sources, and everything that is wrong with them.
#pragma once

#include <otp/configuration.hpp>
#include <otp/detail/configuration_names.hpp>
#include <otp/detail/nearest_name.hpp>

#include <fmt/format.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

namespace detail {

class configuration_parser {
 public:
  configuration_parser(const configuration_spec& spec, const config_inputs& inputs)
      : spec_{spec}, inputs_{inputs} {
    for (const config_key& key : spec.keys) {
      entries_.push_back({key.name, key.value, {}, key.secret});
    }
  }

  result<parsed_configuration, std::vector<config_error>> run() {
    // First the options, as they may name the file and ask for help; they are applied last.
    scan_arguments();
    if (request_ == config_request::help || request_ == config_request::version) {
      return parsed_configuration{.request = request_};
    }
    apply_file();
    apply_environment();
    for (const option& each : options_) {
      apply_text(each.key, each.text, {config_origin::command_line, each.shown});
    }
    require_values();
    if (!errors_.empty()) return failure{std::move(errors_)};
    return parsed_configuration{request_, configuration{std::move(entries_)}, std::move(action_),
                                std::move(action_arguments_)};
  }

 private:
  struct option {
    std::size_t key;
    std::string text;
    std::string shown;
  };

  void fail(config_error::kind what, std::string message) {
    errors_.push_back({what, std::move(message)});
  }

  template <class... Values>
  void fail(config_error::kind what, fmt::format_string<Values...> format, Values&&... values) {
    fail(what, fmt::format(format, std::forward<Values>(values)...));
  }

  std::optional<std::size_t> key_of_option(std::string_view name) const {
    for (std::size_t at = 0; at < spec_.keys.size(); ++at) {
      if (option_name(spec_.keys[at].name) == name) return at;
    }
    return std::nullopt;
  }

  void scan_arguments() {
    const auto& arguments = inputs_.arguments;
    for (std::size_t at = 0; at < arguments.size(); ++at) {
      const std::string_view argument = arguments[at];
      if (argument == "-h") {
        request(config_request::help);
        continue;
      }
      if (!argument.starts_with("--") || argument.size() == 2) {
        fail(config_error::kind::bad_option,
             "unexpected argument \"{}\"; options begin with --, and --help lists them", argument);
        continue;
      }
      const std::size_t equals = argument.find('=');
      const std::string name = option_name(argument.substr(2, equals - 2));
      std::optional<std::string> value;
      if (equals != std::string_view::npos) value.emplace(argument.substr(equals + 1));
      // The next argument is the value, unless it is an option itself.
      const auto take_value = [&]() -> bool {
        if (value) return true;
        if (at + 1 == arguments.size() || arguments[at + 1].starts_with("--")) {
          fail(config_error::kind::bad_option, "option --{} needs a value", name);
          return false;
        }
        value = arguments[++at];
        return true;
      };
      if (name == "help" || name == "version" || name == "print-config") {
        if (value) fail(config_error::kind::bad_option, "option --{} takes no value", name);
        request(name == "help"      ? config_request::help
                : name == "version" ? config_request::version
                                    : config_request::print_config);
      } else if (const config_action* const action = find_action(name)) {
        if (value) fail(config_error::kind::bad_option, "option --{} takes no value", name);
        request(config_request::action);
        action_ = action->name;
        if (!action->placeholder.empty()) {
          action_arguments_.assign(arguments.begin() + static_cast<std::ptrdiff_t>(at) + 1,
                                   arguments.end());
          return;
        }
      } else if (name == "config" && spec_.file_format) {
        if (take_value()) named_file_ = *value;
      } else if (const auto key = key_of_option(name)) {
        const bool is_switch = spec_.keys[*key].value.type() == config_type::boolean;
        if (is_switch && !value) value = "true";
        if (take_value()) options_.push_back({*key, *value, "--" + name});
      } else if (const auto negated = key_of_negation(name); negated && !value) {
        options_.push_back({*negated, "false", "--" + name});
      } else {
        fail_unknown_option(name);
      }
    }
  }

  std::optional<std::size_t> key_of_negation(std::string_view name) const {
    if (!name.starts_with("no-")) return std::nullopt;
    const auto key = key_of_option(name.substr(3));
    if (!key || spec_.keys[*key].value.type() != config_type::boolean) return std::nullopt;
    return key;
  }

  const config_action* find_action(std::string_view name) const {
    for (const config_action& each : spec_.actions) {
      if (each.name == name) return &each;
    }
    return nullptr;
  }

  void request(config_request asked) {
    // help goes before version, and so on: the more urgent question is answered.
    if (request_ == config_request::run || asked < request_) request_ = asked;
  }

  void fail_unknown_option(const std::string& name) {
    std::vector<std::string> known;
    for (const config_key& key : spec_.keys) known.push_back(option_name(key.name));
    for (const config_action& action : spec_.actions) known.push_back(action.name);
    for (const std::string_view each : reserved_options) {
      if (each != "config" || spec_.file_format) known.emplace_back(each);
    }
    const std::string nearest = nearest_name(name, known);
    fail(config_error::kind::unknown_key, "unknown option --{}; {}", name,
         nearest.empty() ? "--help lists all of them" : "did you mean --" + nearest + "?");
  }

  void apply_file() {
    if (!spec_.file_format) return;
    const std::string variable = variable_name(spec_.program, "config");
    std::string path = spec_.default_file;
    std::string named_by;
    if (const std::string* given = environment(variable)) {
      path = *given;
      named_by = " (environment " + variable + ")";
    }
    if (named_file_) {
      path = *named_file_;
      named_by = " (command line --config)";
    }
    if (path.empty()) return;
    const auto text = inputs_.read_file ? inputs_.read_file(path) : std::nullopt;
    if (!text) {
      if (!named_by.empty()) {
        fail(config_error::kind::bad_file, "the configuration file \"{}\"{} cannot be read", path,
             named_by);
      }
      return;
    }
    const auto entries = spec_.file_format(*text);
    if (!entries) {
      fail(config_error::kind::bad_file, "the configuration file {} is malformed: {}",
           place(path, entries.error().line), entries.error().message);
      return;
    }
    for (const config_file_entry& each : *entries) apply_file_entry(path, each);
  }

  static std::string place(const std::string& path, std::size_t line) {
    return line == 0 ? path : fmt::format("{} line {}", path, line);
  }

  void apply_file_entry(const std::string& path, const config_file_entry& given) {
    const config_source source{config_origin::file, place(path, given.line)};
    std::vector<std::string> known;
    for (std::size_t at = 0; at < spec_.keys.size(); ++at) {
      const config_key& key = spec_.keys[at];
      known.push_back(key.name);
      if (key.name != given.name) continue;
      const auto* text = given.value.get<std::string>();
      if (key.value.type() == config_type::duration && text != nullptr) {
        apply_text(at, *text, source);
      } else if (const auto converted = convert(given.value, key.value.type())) {
        apply(at, *converted, source);
      } else {
        refuse(at, given.value.to_toml(), source);
      }
      return;
    }
    const std::string nearest = nearest_name(given.name, known);
    fail(config_error::kind::unknown_key, "unknown key \"{}\" ({}); {}", given.name,
         source.to_string(),
         nearest.empty() ? fmt::format("the keys are: {}", fmt::join(known, ", "))
                         : fmt::format("did you mean \"{}\"?", nearest));
  }

  // A file has types of its own; a whole number will do where a real one is wanted.
  static std::optional<config_value> convert(const config_value& value, config_type type) {
    if (value.type() == type) return value;
    const auto* whole = value.get<std::int64_t>();
    if (whole != nullptr && type == config_type::real) return static_cast<double>(*whole);
    return std::nullopt;
  }

  const std::string* environment(const std::string& variable) const {
    const auto at = inputs_.environment.find(variable);
    return at == inputs_.environment.end() || at->second.empty() ? nullptr : &at->second;
  }

  void apply_environment() {
    for (std::size_t at = 0; at < spec_.keys.size(); ++at) {
      const config_key& key = spec_.keys[at];
      // The variable that is certainly meant for this program wins over the shared one.
      for (const std::string& variable :
           {variable_name(spec_.program, key.name), key.environment}) {
        if (const std::string* text = environment(variable)) {
          apply_text(at, *text, {config_origin::environment, variable});
          break;
        }
      }
    }
  }

  void apply_text(std::size_t at, const std::string& text, const config_source& source) {
    if (const auto value = config_value::parse(spec_.keys[at].value.type(), text)) {
      apply(at, *value, source);
    } else {
      refuse(at, toml_text(text), source);
    }
  }

  void apply(std::size_t at, config_value value, const config_source& source) {
    const config_check& check = spec_.keys[at].check;
    if (check.accepts && !check.accepts(value)) {
      refuse(at, value.to_toml(), source);
      return;
    }
    entries_[at].value = std::move(value);
    entries_[at].source = source;
  }

  void refuse(std::size_t at, const std::string& shown, const config_source& source) {
    const config_key& key = spec_.keys[at];
    fail(config_error::kind::bad_value, "{}: {} is not valid ({}); expected {}", key.name,
         key.secret ? "the secret given" : shown, source.to_string(), expected_of(key));
  }

  void require_values() {
    for (std::size_t at = 0; at < spec_.keys.size(); ++at) {
      const config_key& key = spec_.keys[at];
      if (!key.required || entries_[at].value.is_set() || was_refused(key.name)) continue;
      fail(config_error::kind::missing_value,
           "{} is required; set it by --{} or the environment variable {}", key.name,
           option_name(key.name),
           key.environment.empty() ? variable_name(spec_.program, key.name) : key.environment);
    }
  }

  bool was_refused(const std::string& name) const {
    for (const config_error& each : errors_) {
      if (each.what == config_error::kind::bad_value && each.message.starts_with(name + ":")) {
        return true;
      }
    }
    return false;
  }

  const configuration_spec& spec_;
  const config_inputs& inputs_;
  config_request request_ = config_request::run;
  std::vector<configuration::entry> entries_;
  std::vector<option> options_;
  std::optional<std::string> named_file_;
  std::string action_;
  std::vector<std::string> action_arguments_;
  std::vector<config_error> errors_;
};

}  // namespace detail

inline result<parsed_configuration, std::vector<config_error>> parse_configuration(
    const configuration_spec& spec, const config_inputs& inputs) {
  detail::check_spec(spec);
  return detail::configuration_parser{spec, inputs}.run();
}

}  // namespace otp
