// The exceptions of the library: leaving a process, being outside of one, failing to start one.
#pragma once

#include <otp/config.hpp>
#include <otp/exit_reason.hpp>

#include <cxxabi.h>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

namespace otp {

/// Ends the process that throws it, with the reason it carries (P-002); thrown by `otp::exit` and
/// by a `call` that fails.
///
/// It is an ordinary exception: destructors run, and it may be caught, after which the process goes
/// on and nobody is told (P-005 to P-007).
class OTP_VISIBLE exit_error : public std::exception {
 public:
  explicit exit_error(exit_reason reason) noexcept : reason_{std::move(reason)} {}

  /// Why the process ends. Valid as long as this exception.
  const exit_reason& reason() const noexcept { return reason_; }

  /// The reason as text, made at the first request. Valid as long as the reason or a copy of it.
  const char* what() const noexcept override { return reason_.c_str(); }

 private:
  exit_reason reason_;
};

/// An operation that needs a process (`link`, `receive`, `start_link`, ...) was called on a plain
/// thread.
class OTP_VISIBLE not_a_process : public std::logic_error {
 public:
  /// `operation` is what was called, for example `otp::receive`.
  explicit not_a_process(std::string_view operation)
      : std::logic_error{std::string{operation} +
                         " was called outside of a process: call it in a function given to"
                         " otp::spawn or in a handler of a server"} {}
};

/// Why a process did not start.
struct OTP_VISIBLE start_failure {
  exit_reason reason;    ///< What the start ended with; `normal` when it was ignored.
  bool ignored = false;  ///< The process asked not to be started: no failure for a supervisor.

  bool operator==(const start_failure&) const = default;

  /// Throws this failure as a `start_error`.
  [[noreturn]] void raise() const;
};

/// A process could not be started.
class OTP_VISIBLE start_error : public std::runtime_error {
 public:
  explicit start_error(start_failure failure)
      : std::runtime_error{failure.ignored
                               ? std::string{"the process asked not to be started"}
                               : "the process failed to start: " + failure.reason.to_string()},
        failure_{std::move(failure)} {}

  explicit start_error(exit_reason reason) : start_error{start_failure{std::move(reason)}} {}

  /// What the start ended with. Valid as long as this exception.
  const exit_reason& reason() const noexcept { return failure_.reason; }

  /// Whether the process asked not to be started, which is no failure.
  bool ignored() const noexcept { return failure_.ignored; }

 private:
  start_failure failure_;
};

inline void start_failure::raise() const {
  throw start_error{*this};
}

namespace detail {

inline constexpr std::size_t max_exception_type = 1024;
inline constexpr std::size_t max_exception_what = 4096;
inline constexpr std::size_t max_exception_causes = 8;

// The type of the exception that is being handled. The ABI knows it, also without run-time type
// information.
inline std::string current_exception_type() {
  const std::type_info* const type = abi::__cxa_current_exception_type();
  if (type == nullptr) {
    return "unknown exception";
  }
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> readable{
      abi::__cxa_demangle(type->name(), nullptr, nullptr, &status), &std::free};
  std::string_view name = status == 0 && readable ? readable.get() : type->name();
  // std::throw_with_nested throws a type of the standard library's own around the one it was given.
  for (const std::string_view wrapper : {"std::_Nested_exception<", "std::__1::__nested<"}) {
    if (name.substr(0, wrapper.size()) == wrapper && name.back() == '>') {
      name = name.substr(wrapper.size(), name.size() - wrapper.size() - 1);
    }
  }
  while (!name.empty() && name.back() == ' ') {
    name.remove_suffix(1);  // the demangler writes "> >"
  }
  return bounded(name, max_exception_type);
}

// The exception that is nested in the one being handled. A handler recognises it without
// dynamic_cast.
inline std::exception_ptr current_nested_exception() noexcept {
  try {
    throw;
  } catch (const std::nested_exception& outer) {
    return outer.nested_ptr();
  } catch (...) {
    return nullptr;
  }
}

// Describes `exception` and replaces it by the one nested in it, null when there is none.
inline exception_cause describe_exception(std::exception_ptr& exception) {
  const auto describe = [&exception](const char* what) {
    exception = current_nested_exception();
    return exception_cause{current_exception_type(),
                           what == nullptr ? std::string{} : bounded(what, max_exception_what)};
  };
  const std::exception_ptr described = exception;  // keeps what() alive
  try {
    std::rethrow_exception(described);
  } catch (const std::exception& error) {
    return describe(error.what());
  } catch (const std::string& text) {
    return describe(text.c_str());
  } catch (const char* text) {
    return describe(text);
  } catch (...) {
    return describe(nullptr);
  }
}

inline exception_info capture_exception(std::exception_ptr exception) {
  exception_cause first = describe_exception(exception);
  exception_info info{std::move(first.type), std::move(first.what), {}};
  while (exception && info.causes.size() < max_exception_causes) {
    info.causes.push_back(describe_exception(exception));
  }
  return info;
}

}  // namespace detail

inline exit_reason exit_reason::from_exception(std::exception_ptr exception) noexcept {
  if (!exception) {
    return {};
  }
  try {
    try {
      std::rethrow_exception(exception);
    } catch (const exit_error& error) {
      return error.reason();
    } catch (...) {
      return exit_reason{kind::exception,
                         hold<exception_info>(detail::capture_exception(exception))};
    }
  } catch (...) {
    return exit_reason{kind::exception};  // no memory left to describe it
  }
}

}  // namespace otp
