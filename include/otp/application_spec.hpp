// An application as data: its name, what it needs, its settings, and what it does.
//
//     otp::application_spec prices{.name = "prices",
//                                  .applications = {"storage"},
//                                  .env = {{.name = "currency", .value = "EUR"}},
//                                  .mod = [] { return std::make_unique<price_application>(); }};
//     otp::application_controller::load(prices);
//
// Most applications are written as a class, and otp/application.hpp makes the spec of it.
#pragma once

#include <otp/config_spec.hpp>
#include <otp/config_value.hpp>
#include <otp/exit_reason.hpp>
#include <otp/pid.hpp>
#include <otp/result.hpp>
#include <otp/supervisor_spec.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace otp {

/// Why an application starts. More reasons come with distribution.
enum class start_type : std::uint8_t { normal };

/// What an application's start gives: the root of its tree as data, a process that start itself has
/// started (it is linked to then), or nothing for an application without processes (L-001, L-009).
using application_tree = std::variant<std::monostate, supervisor_spec, pid>;

/// What differs after settings were changed (L-031). Keys in the order of their names.
struct config_changes {
  std::vector<std::pair<std::string, config_value>> changed{};  ///< With their new values.
  std::vector<std::pair<std::string, config_value>> added{};
  std::vector<std::string> removed{};

  bool empty() const noexcept { return changed.empty() && added.empty() && removed.empty(); }
  bool operator==(const config_changes&) const = default;
};

/// What an application does; OTP's callback module. An object is made for each start and destroyed
/// after the stop, so its members are what OTP hands from start to prep_stop and stop as the state.
///
/// All functions run in a process of the application, one at a time, and may wait. An exception that
/// leaves start or start_phase fails the start (L-011); one that leaves prep_stop, stop or
/// config_change is logged, and the stop goes on (L-016).
class application_behaviour {
 public:
  application_behaviour() = default;
  application_behaviour(const application_behaviour&) = delete;
  application_behaviour& operator=(const application_behaviour&) = delete;
  virtual ~application_behaviour() = default;

  /// Returns the tree, or why there is none (L-010).
  virtual result<application_tree> start(start_type) { return application_tree{}; }
  /// Once for each of the spec's phases, in their order, after the tree is up (L-029). An error
  /// stops the tree again and fails the start (L-030).
  virtual result<void> start_phase(std::string_view /*phase*/, start_type,
                                   const config_value& /*argument*/) {
    return {};
  }
  /// Before the tree is stopped, all of it running (L-014).
  virtual void prep_stop() {}
  /// After that, when no process of the tree is left.
  virtual void stop() {}
  /// After settings were changed; see application_controller::config_change.
  virtual void config_change(const config_changes&) {}
};

/// One step of a start that follows when the tree is up.
struct application_phase {
  std::string name{};
  config_value argument{};
};

/// An application, as data.
struct application_spec {
  std::string name{};
  std::string description{};
  std::string version{};
  /// What must run before it, by name (L-003, L-004).
  std::vector<std::string> applications{};
  /// The same, but those that are not loaded are skipped (L-007).
  std::vector<std::string> optional_applications{};
  std::vector<config_key> env{};  ///< Its settings with their defaults.
  std::vector<application_phase> start_phases{};
  /// Makes what it does; empty: it starts and stops as a name only (L-009). Called in the
  /// application's process.
  std::function<std::unique_ptr<application_behaviour>()> mod{};
};

/// What is said of an application that is loaded.
struct application_info {
  std::string name{};
  std::string description{};
  std::string version{};

  bool operator==(const application_info&) const = default;
};

}  // namespace otp
