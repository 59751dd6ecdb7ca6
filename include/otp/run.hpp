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
/// What `A` needs is started before it, and all of it is permanent: if the tree of one ends by itself, the
/// others stop and so does the program.
///
/// Configuration: the keys of `A`, those of an application that it needs as `NAME.KEY`, and `threads`,
/// `log_level`, `log_format`, `log_queue`, `stop_timeout` and `console_socket`, from defaults, a TOML
/// file (`--config`), the environment and the command line; `--help`, `--version`, `--print-config`. SIGHUP
/// reads these sources again and tells the applications what differs, by their config_change;
/// `log_level` changes at once.
///
/// SIGTERM and SIGINT stop all in reverse order of the start; the setting `stop_signal` of `A` is then
/// the name of the signal. A second one, or `stop_timeout`, ends the program at once with code 1 and
/// says who held the stop up. What is wrong is said in one line on stderr.
///
/// `NAME --console [COMMAND]` talks to a program that runs: see otp/observer.hpp.
template <class A>
int run(int argc, const char* const* argv) {
  static_assert(detail::application_class<A>,
                "an application derives publicly from otp::application<A> and has a "
                "`static constexpr std::string_view name`");
  return detail::run_program({detail::specs_of<A>(), toml_format}, argc, argv);
}

}  // namespace otp
