// What `run` does, for any application: configuration, start, signals, stop, exit code.
#pragma once

#include <otp/config_spec.hpp>
#include <otp/configuration.hpp>
#include <otp/detail/application_master.hpp>

#include <functional>
#include <string>
#include <vector>

namespace otp::detail {

struct program_description {
  std::string name;
  std::string version;
  std::string description;
  std::vector<config_key> keys;
  config_file_format file_format;
  std::function<application_callbacks(configuration)> callbacks{};
};

/// Reads the command line, runs the application until it is told to stop, and returns the exit code.
int run_program(const program_description& what, int argc, const char* const* argv);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/program_impl.hpp>
#endif
