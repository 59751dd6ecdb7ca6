// A way in for a person: the observer's commands on a local socket that only the same user may open.
#pragma once

#include <otp/observer.hpp>
#include <otp/pid.hpp>

#include <string>
#include <vector>

namespace otp {

/// Starts a process that serves `watcher` on the local socket `path`, which is made readable and
/// writable for this user only, and removed at the end. Returns its pid when it listens.
/// Throws std::runtime_error when another program answers there, or the socket cannot be made.
pid start_console(const std::string& path, observer watcher);

/// The other end, on a plain thread: sends `commands` to the program at `path`, or what is read from
/// the standard input if there are none, and prints the answers. Returns the exit code: 0, or 69
/// when no program answers there.
int attach_console(const std::string& path, const std::vector<std::string>& commands);

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/console_impl.hpp>
#endif
