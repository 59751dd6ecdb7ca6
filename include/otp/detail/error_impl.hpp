// How exceptions become exit reasons: the definitions of error.hpp.
#pragma once

#include <otp/config.hpp>
#include <otp/error.hpp>

#include <boost/system/system_error.hpp>
#include <boost/throw_exception.hpp>
#include <cxxabi.h>
#include <fmt/format.h>

#include <cstddef>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>

namespace otp {

OTP_DECL not_a_process::not_a_process(std::string_view operation)
    : std::logic_error{std::string{operation} +
                       " was called outside of a process: call it in a function given to"
                       " otp::spawn or in a handler of a server"} {}

OTP_DECL start_error::start_error(start_failure failure)
    : std::runtime_error{failure.ignored
                             ? std::string{"the process asked not to be started"}
                             : "the process failed to start: " + failure.reason.to_string()},
      failure_{std::move(failure)} {}

OTP_DECL start_error::start_error(exit_reason reason)
    : start_error{start_failure{std::move(reason)}} {}

OTP_DECL void start_failure::raise() const { throw start_error{*this}; }

}  // namespace otp

namespace otp::detail {

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

template <class Location>
std::string text_of(const Location& place) {
  if (place.line() == 0) return {};
  return bounded(fmt::format("{}:{}", place.file_name(), place.line()), max_exception_type);
}

OTP_DECL std::string place_of(const std::exception_ptr& exception) noexcept {
  try {
    try {
      if (exception) std::rethrow_exception(exception);
    } catch (const exit_error& error) {
      return text_of(error.where());
    } catch (const boost::system::system_error& error) {
      if (error.code().has_location()) return text_of(error.code().location());
      return text_of(boost::get_throw_location(error));
    } catch (const std::exception& error) {
      return text_of(boost::get_throw_location(error));
    } catch (const boost::exception& error) {
      return text_of(boost::get_throw_location(error));
    } catch (...) {  // its type does not say it
    }
  } catch (...) {  // no memory left for the text
  }
  return {};
}

inline exception_info capture_exception(std::exception_ptr exception) {
  exception_cause first = describe_exception(exception);
  exception_info info{std::move(first.type), std::move(first.what), {}};
  while (exception && info.causes.size() < max_exception_causes) {
    info.causes.push_back(describe_exception(exception));
  }
  return info;
}

}  // namespace otp::detail

namespace otp {

OTP_DECL exit_reason exit_reason::from_exception(std::exception_ptr exception) noexcept {
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
