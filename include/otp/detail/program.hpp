// What `run` does, for any application: configuration, start, signals, stop, exit code.
#pragma once

#include <otp/application_spec.hpp>
#include <otp/config_spec.hpp>

#include <vector>

namespace otp::detail {

struct program_description {
  /// Each after what it needs; the last one is the program's own.
  std::vector<application_spec> applications;
  config_file_format file_format;

  const application_spec& main() const { return applications.back(); }
};

/// Reads the command line, runs the applications until it is told to stop, and returns the exit code.
int run_program(const program_description& what, int argc, const char* const* argv);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/program_impl.hpp>
#endif
