// Settings from TOML files. Include it only where the application is defined: it brings the whole
// toml++ library into the translation unit.
//
//     spec.file_format = otp::toml_format;
#pragma once

#include <otp/configuration.hpp>

#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

namespace detail {

inline config_file_error toml_problem(const std::string& name, const toml::node& node) {
  return {"\"" + name + "\" is neither a number, a bool, a text nor a list of texts",
          node.source().begin.line};
}

// Appends the settings of `table`; `prefix` names the tables around it. Returns a problem when a
// value is of a kind that no setting can have.
inline std::optional<config_file_error> flatten(const toml::table& table, const std::string& prefix,
                                                std::vector<config_file_entry>& out) {
  for (const auto& [key, node] : table) {
    const std::string name = prefix + std::string{key.str()};
    const std::size_t line = node.source().begin.line;
    if (const auto* inner = node.as_table()) {
      if (auto problem = flatten(*inner, name + ".", out)) return problem;
    } else if (const auto* flag = node.as_boolean()) {
      out.push_back({name, flag->get(), line});
    } else if (const auto* whole = node.as_integer()) {
      out.push_back({name, whole->get(), line});
    } else if (const auto* real = node.as_floating_point()) {
      out.push_back({name, real->get(), line});
    } else if (const auto* text = node.as_string()) {
      out.push_back({name, text->get(), line});
    } else if (const auto* array = node.as_array()) {
      config_value::list items;
      for (const toml::node& each : *array) {
        const auto* item = each.as_string();
        if (item == nullptr) return toml_problem(name, each);
        items.push_back(item->get());
      }
      out.push_back({name, std::move(items), line});
    } else {
      return toml_problem(name, node);
    }
  }
  return std::nullopt;
}

}  // namespace detail

/// Reads the text of a TOML file; tables become dotted names. A `config_file_format`.
inline result<std::vector<config_file_entry>, config_file_error> toml_format(
    std::string_view text) {
  std::vector<config_file_entry> entries;
  try {
    if (auto problem = detail::flatten(toml::parse(text), "", entries)) {
      return failure{*std::move(problem)};
    }
  } catch (const toml::parse_error& error) {
    return failure{config_file_error{std::string{error.description()}, error.source().begin.line}};
  }
  // Tables are kept by name; people read errors in the order of the file.
  std::sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.line < b.line; });
  return entries;
}

}  // namespace otp
