// Applications: a supervision tree with a name, a version and its configuration.
//
//     class chatroom : public otp::application<chatroom> {
//      public:
//       static constexpr std::string_view name = "chatroom";
//       static std::vector<otp::config_key> configuration() {
//         return {{.name = "port", .value = 4000, .environment = "PORT", .description = "TCP port"}};
//       }
//       otp::supervisor_spec start(otp::start_type) {
//         return {.name = "chatroom.supervisor",
//                 .children = {otp::child<endpoint>({.port = get_env<int>("port")})}};
//       }
//     };
//     int main(int argc, char** argv) { return otp::run<chatroom>(argc, argv); }   // otp/run.hpp
//
// What an application may define besides:
//   static constexpr std::string_view version, description;
//   void prep_stop();   before the tree is stopped
//   void stop();        after it
// Both run in the application's own process, like start, and may wait.
#pragma once

#include <otp/configuration.hpp>
#include <otp/detail/application_master.hpp>
#include <otp/supervisor.hpp>
#include <otp/supervisor_spec.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otp {

/// Why an application starts. More reasons come with distribution.
enum class start_type : std::uint8_t { normal };

/// Base of application classes; `D` is the derived class.
template <class D>
class application {
 public:
  /// For who starts it: hands over the configuration, before start.
  void configure(otp::configuration values) { configuration_ = std::move(values); }

 protected:
  application() = default;
  application(const application&) = default;
  application& operator=(const application&) = default;
  ~application() = default;

  /// The value of a declared key. Throws std::invalid_argument when there is no such key, when it is
  /// of another type, or has no value.
  template <class T>
  T get_env(std::string_view key) const {
    return configuration_.template get<T>(key);
  }
  /// The same, nothing when the key has no value.
  template <class T>
  std::optional<T> find_env(std::string_view key) const {
    return configuration_.template find<T>(key);
  }
  /// All values, with where each came from.
  const otp::configuration& get_all_env() const noexcept { return configuration_; }

 private:
  otp::configuration configuration_;
};

namespace detail {

template <class A>
concept application_class = requires(A& app) {
  { A::name } -> std::convertible_to<std::string_view>;
  { app.start(start_type::normal) } -> std::same_as<supervisor_spec>;
};

template <class A>
std::string version_of() {
  if constexpr (requires { A::version; }) return std::string{A::version};
  return {};
}
template <class A>
std::string description_of() {
  if constexpr (requires { A::description; }) return std::string{A::description};
  return {};
}
template <class A>
std::vector<config_key> keys_of() {
  if constexpr (requires { A::configuration(); }) return A::configuration();
  return {};
}

/// What the application's own process calls.
template <application_class A>
application_callbacks callbacks_of(configuration values) {
  auto app = std::make_shared<A>();
  app->configure(std::move(values));
  application_callbacks calls;
  calls.start = [app] { return app->start(start_type::normal); };
  if constexpr (requires { app->prep_stop(); }) calls.prep_stop = [app] { app->prep_stop(); };
  if constexpr (requires { app->stop(); }) calls.stop = [app] { app->stop(); };
  return calls;
}

}  // namespace detail
}  // namespace otp
