// The settings of a program: which keys it has, and how their values get into the environment of its
// applications.
#pragma once

#include <otp/application_controller.hpp>
#include <otp/application_spec.hpp>
#include <otp/config_spec.hpp>
#include <otp/configuration.hpp>
#include <otp/detail/application_environment.hpp>
#include <otp/detail/program.hpp>

#include <chrono>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

namespace otp::detail {

/// The keys that every program has.
inline std::vector<config_key> program_keys() {
  return {{.name = "threads",
           .value = 0,
           .check = between(0, 1024),
           .description = "scheduler threads; 0: one per processor"},
          {.name = "log_level",
           .value = "info",
           .check = one_of({"emergency", "alert", "critical", "error", "warning", "notice", "info",
                            "debug"}),
           .description = "the least serious events that are logged"},
          {.name = "log_format",
           .value = "text",
           .check = one_of({"text", "json"}),
           .description = "how the log is written to stderr"},
          {.name = "log_queue",
           .value = 10'000,
           .check = between(1, 10'000'000),
           .description = "how many log events may wait for a slow stderr; more are dropped"},
          {.name = "stop_timeout",
           .value = std::chrono::seconds{30},
           .check = between(std::chrono::milliseconds{1}, std::chrono::hours{24}),
           .description = "how long an orderly stop may take"},
          {.name = "console_socket",
           .value = "",
           .description = "local socket of --console; empty: one per program and user in the "
                          "temporary directory; none: no console"}};
}

/// What a key of `application` is called in the program: the program's own keys have no prefix.
inline std::string key_in_program(const program_description& what,
                                  const application_spec& application, const std::string& key) {
  return &application == &what.main() ? key : application.name + "." + key;
}

inline configuration_spec configuration_of(const program_description& what) {
  configuration_spec spec{.program = what.main().name,
                          .version = what.main().version,
                          .summary = what.main().description,
                          .keys = what.main().env,
                          .file_format = what.file_format};
  for (const auto& application : what.applications) {
    if (&application == &what.main()) continue;
    for (auto key : application.env) {
      key.name = key_in_program(what, application, key.name);
      spec.keys.push_back(std::move(key));
    }
  }
  for (auto& key : program_keys()) spec.keys.push_back(std::move(key));
  spec.actions.push_back({.name = "console",
                          .placeholder = "[COMMAND]...",
                          .description =
                              "talk to the program that runs: tree, which_children NAME, "
                              "exit NAME REASON, ..."});
  return spec;
}

/// Gives the applications, which are loaded, their values.
inline void put_values(const program_description& what, const configuration& values) {
  auto& environment = current_environment("otp::run");
  for (const auto& application : what.applications) {
    for (const auto& key : application.env) {
      const auto name = key_in_program(what, application, key.name);
      for (const auto& each : values.entries()) {
        if (each.name != name) continue;
        environment.put(application.name, key.name, each.value, each.source, true);
      }
    }
  }
}

/// The same while they run: each is told what differs (L-031). In a process, and may take as long as
/// their config_change takes.
inline void change_values(const program_description& what, const configuration& values) {
  const auto before = application_controller::prep_config_change();
  put_values(what, values);
  application_controller::config_change(before);
}

}  // namespace otp::detail
