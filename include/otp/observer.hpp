// Looking at a running program: commands in, text out. What a person types at the console.
//
//     otp::observer observer;
//     fmt::print("{}", observer.run("tree shop.supervisor"));
#pragma once

#include <otp/dynamic_supervisor.hpp>
#include <otp/process.hpp>
#include <otp/supervisor.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// An application that runs, as an observer shows it.
struct observed_application {
  std::string name;
  std::string description;
  std::string version;
  pid supervisor;  ///< The top of its tree; nobody if it has none.
};

/// Answers commands about the runtime of the calling process or thread. It asks the processes as
/// anybody could, with a short timeout, so a busy one is shown as busy and holds nobody up.
/// Thread safety: one thread or process at a time.
class observer {
 public:
  /// `applications` tells which applications run; without it there are none.
  explicit observer(std::function<std::vector<observed_application>()> applications = {})
      : applications_{std::move(applications)} {}

  /// Carries out one command and returns its output, which ends with a line break; what is wrong
  /// with a command is said there too. Never throws for a bad command.
  std::string run(std::string_view line);

 private:
  using words = std::vector<std::string_view>;

  struct command {
    std::string_view name;
    std::size_t least;  ///< Arguments.
    std::size_t most;
    std::string (observer::*function)(const words&);
    std::string_view usage;
    std::string_view what;
  };

  static constexpr std::chrono::nanoseconds patience = std::chrono::seconds{2};

  static const std::vector<command>& commands();

  std::string help(const words&);

  std::string list_applications(const words&);

  std::string tree(const words& given);

  std::string children(const words& given);

  std::string find(const words& given);

  std::string names(const words&);

  std::string state(const words& given);

  std::string send_exit(const words& given);

  // ---- helpers

  static words split(std::string_view line);

  static std::string not_found(std::string_view what);

  static exit_reason reason_of(std::string_view word);

  /// A registered name, or a pid as it is printed: <0.42>.
  static pid resolve(std::string_view text);

  static std::optional<std::vector<child_info>> children_of(const pid& target);

  static std::string describe(const child_info& child);

  static void draw(std::string& text, const pid& root, const std::string& indent);

  std::function<std::vector<observed_application>()> applications_;
};

}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/observer_impl.hpp>
#endif
