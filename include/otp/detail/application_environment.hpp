// The settings of all applications of a runtime: one table that everybody may read and write.
#pragma once

#include <otp/application_spec.hpp>
#include <otp/configuration.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

namespace otp::detail {

/// Values stand under application and key; those of a loaded application have the types and checks
/// that its spec declares. Thread safety: every member from any thread; a write is seen by all
/// readers that come after it (L-026).
class application_environment {
 public:
  using everything = std::map<std::string, configuration, std::less<>>;

  /// Gives the keys of `spec` their defaults, where no persistent value stands already (L-027).
  void load(const application_spec& spec);
  /// Forgets all values of the application (L-028).
  void unload(std::string_view application);

  /// All values of one application; none if there is no such one.
  configuration all(std::string_view application) const;
  /// Those of all applications.
  everything snapshot() const;

  /// Sets a value. Throws std::invalid_argument when the application declares the key and the value
  /// is of another type or refused by its check.
  void put(std::string_view application, const std::string& key, config_value value,
           config_source source, bool persistent);
  /// Returns whether there was such a value.
  bool erase(std::string_view application, std::string_view key);

  /// A number for the application, the same at each call, by which its processes are known; not 0.
  /// Throws std::length_error when there are 65,535 names already.
  std::uint16_t number_of(std::string_view application);
  /// The application of that number; empty for 0.
  std::string name_of(std::uint16_t number) const;

 private:
  struct setting {
    configuration::entry entry;
    bool persistent = false;
  };
  struct settings {
    std::vector<setting> values;
    std::vector<config_key> declared;
  };

  static setting* find(settings& all, std::string_view key);
  static configuration values_of(const settings& all);

  mutable std::shared_mutex mutex_;
  std::map<std::string, settings, std::less<>> applications_;
  std::vector<std::string> numbered_;
};

/// That of the calling process's runtime.
application_environment& current_environment(std::string_view operation);

/// What differs between two states of one application's settings (L-031).
config_changes changes_between(const configuration& before, const configuration& now);

}  // namespace otp::detail

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/application_environment_impl.hpp>
#endif
