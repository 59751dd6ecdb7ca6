// The program around an application: `int main(int argc, char** argv) { return otp::run<app>(argc, argv); }`.
//
// Include it only where main is: it brings signals and the TOML reader.
#pragma once

#include <otp/application.hpp>
#include <otp/configuration.hpp>
#include <otp/configuration_toml.hpp>
#include <otp/console.hpp>
#include <otp/detail/program.hpp>
#include <otp/infinity.hpp>
#include <otp/log_handlers.hpp>
#include <otp/runtime.hpp>

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// The exit codes of `run`.
enum exit_code : int {
  exit_ok = 0,         ///< The application was stopped in order.
  exit_failure = 1,    ///< It did not start, its tree died, or the stop took too long.
  exit_usage = 64,     ///< The command line, the environment or the file is wrong.
  exit_unavailable = 69,  ///< --console: no program answers.
};

/// Runs the application `A` until it is told to stop, and returns the exit code.
///
/// Configuration: the keys of `A`, and `threads`, `log_level`, `log_format`, `stop_timeout` and
/// `console_socket`, from defaults, a TOML file (`--config`), the environment and the command line;
/// `--help`, `--version`, `--print-config`. SIGTERM and SIGINT stop the tree in reverse order of its
/// start; a second one, or `stop_timeout`, ends the program at once with code 1 and says who was
/// still running. What is wrong is said in one line on stderr.
///
/// `NAME --console [COMMAND]` talks to a program that runs: see otp/observer.hpp.
template <detail::application_class A>
int run(int argc, const char* const* argv) {
  detail::program_description what{.name = std::string{A::name},
                                   .version = detail::version_of<A>(),
                                   .description = detail::description_of<A>(),
                                   .keys = detail::keys_of<A>(),
                                   .file_format = toml_format};
  what.callbacks = [](configuration values) { return detail::callbacks_of<A>(std::move(values)); };
  return detail::run_program(what, argc, argv);
}

}  // namespace otp
