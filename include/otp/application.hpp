// Applications: a supervision tree with a name, a version, its configuration and what it needs.
//
//     class chatroom : public otp::application<chatroom> {
//      public:
//       static constexpr std::string_view name = "chatroom";
//       using depends_on = otp::applications<accounts>;     // classes like this one, started before it
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
//   static std::vector<otp::application_phase> start_phases();
//   void | result<void> start_phase(std::string_view phase, otp::start_type, const otp::config_value&);
//   void prep_stop();   before the tree is stopped
//   void stop();        after it
//   void config_change(const otp::config_changes&);   after settings were changed
// start may return a supervisor_spec, the pid of a process that it has started, or a result of one of
// these; without start it is a name that others can need (L-009). Each start makes a new object, and
// all its functions run in a process of the application and may wait: see application_behaviour.
#pragma once

#include <otp/application_env.hpp>
#include <otp/application_spec.hpp>
#include <otp/config_spec.hpp>
#include <otp/configuration.hpp>
#include <otp/pid.hpp>
#include <otp/result.hpp>
#include <otp/supervisor_spec.hpp>

#include <algorithm>
#include <concepts>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace otp {

/// A list of application classes.
template <class... A>
struct applications {};

/// Returns which application a process belongs to: that of the process that has created it. Nothing if
/// that is none, or the process has ended.
std::optional<std::string> get_application(const pid& process);
/// The same of the calling process; nothing on a plain thread.
std::optional<std::string> get_application();

/// Base of application classes; `D` is the derived class.
template <class D>
class application {
 protected:
  application() = default;
  application(const application&) = default;
  application& operator=(const application&) = default;
  ~application() = default;

  /// The value of a setting of this application, as it is now. Throws std::invalid_argument when there
  /// is no such key, when it is of another type, or has no value.
  template <class T>
  T get_env(std::string_view key) const {
    return otp::fetch_env<T>(own_name(), key);
  }
  /// The same, nothing when the key has no value.
  template <class T>
  std::optional<T> find_env(std::string_view key) const {
    return get_all_env().template find<T>(key);
  }
  /// All values as they are now, with where each came from.
  configuration get_all_env() const { return otp::get_all_env(own_name()); }

 private:
  // A spec made of the class may have been given another name.
  static std::string own_name() { return otp::get_application().value_or(std::string{D::name}); }
};

namespace detail {

template <class R>
inline constexpr bool is_application_tree =
    std::is_void_v<R> || std::same_as<R, supervisor_spec> || std::same_as<R, pid> ||
    std::same_as<R, result<supervisor_spec>> || std::same_as<R, result<pid>>;

template <class A>
concept starts = requires(A& app) { app.start(start_type::normal); };

template <class A>
concept application_class = requires {
  { A::name } -> std::convertible_to<std::string_view>;
} && std::derived_from<A, application<A>>;

/// Calls an `A` as an application_behaviour.
template <class A>
class application_object final : public application_behaviour {
 public:
  template <class... V>
  explicit application_object(const V&... arguments) : app_(arguments...) {}

  result<application_tree> start(start_type type) override {
    if constexpr (starts<A>) {
      using returned = decltype(app_.start(type));
      static_assert(is_application_tree<returned>,
                    "start of an application returns an otp::supervisor_spec, the otp::pid of a "
                    "process, an otp::result of one of them, or nothing");
      if constexpr (std::is_void_v<returned>) {
        app_.start(type);
      } else if constexpr (requires(returned r) { r.error(); }) {
        auto tree = app_.start(type);
        if (!tree) return failure{std::move(tree).error()};
        return application_tree{*std::move(tree)};
      } else {
        return application_tree{app_.start(type)};
      }
    }
    return application_tree{};
  }
  result<void> start_phase([[maybe_unused]] std::string_view phase, start_type type,
                           [[maybe_unused]] const config_value& argument) override {
    if constexpr (requires { app_.start_phase(phase, type, argument); }) {
      if constexpr (std::is_void_v<decltype(app_.start_phase(phase, type, argument))>) {
        app_.start_phase(phase, type, argument);
      } else {
        return app_.start_phase(phase, type, argument);
      }
    }
    return {};
  }
  void prep_stop() override {
    if constexpr (requires { app_.prep_stop(); }) app_.prep_stop();
  }
  void stop() override {
    if constexpr (requires { app_.stop(); }) app_.stop();
  }
  void config_change([[maybe_unused]] const config_changes& changes) override {
    if constexpr (requires { app_.config_change(changes); }) app_.config_change(changes);
  }

 private:
  A app_;
};

// ---- what an application needs

template <class A>
struct needs {
  using type = applications<>;
};
template <class A>
  requires requires { typename A::depends_on; }
struct needs<A> {
  using type = typename A::depends_on;
};

template <class A, class... Above>
constexpr bool needs_are_in_order();

template <class... Above, class... Needed>
constexpr bool each_in_order(applications<Needed...>) {
  return (needs_are_in_order<Needed, Above...>() && ...);
}

// `Above` are the applications that need `A`: a compiler's message shows them.
template <class A, class... Above>
constexpr bool needs_are_in_order() {
  constexpr bool circle = (std::same_as<A, Above> || ...);
  static_assert(!circle, "an application needs itself by way of its depends_on");
  static_assert(application_class<A>,
                "depends_on of an application lists something that is no application: it has to be "
                "a class derived from otp::application whose header is included");
  if constexpr (!circle && application_class<A>) {
    return each_in_order<Above..., A>(typename needs<A>::type{});
  } else {
    return false;
  }
}

template <class... Needed>
std::vector<std::string> names_of(applications<Needed...>) {
  return {std::string{Needed::name}...};
}

}  // namespace detail

/// Returns the spec of the application class `A`, whose objects are made with `arguments` at each start
/// (copied; OTP's start argument). Its name may be changed: the same class may run several times.
template <class A, class... V>
application_spec spec_of(V... arguments) {
  static_assert(detail::application_class<A>,
                "an application derives publicly from otp::application<A> and has a "
                "`static constexpr std::string_view name`");
  static_assert(detail::needs_are_in_order<A>());
  application_spec spec{.name = std::string{A::name}};
  if constexpr (requires { A::description; }) spec.description = A::description;
  if constexpr (requires { A::version; }) spec.version = A::version;
  if constexpr (requires { A::configuration(); }) spec.env = A::configuration();
  if constexpr (requires { A::start_phases(); }) spec.start_phases = A::start_phases();
  spec.applications = detail::names_of(typename detail::needs<A>::type{});
  spec.mod = [values = std::tuple<V...>{std::move(arguments)...}] {
    return std::apply(
        [](const auto&... each) -> std::unique_ptr<application_behaviour> {
          return std::make_unique<detail::application_object<A>>(each...);
        },
        values);
  };
  return spec;
}

namespace detail {

template <class A>
void add_specs_of(std::vector<application_spec>& specs);

template <class... Needed>
void add_each(std::vector<application_spec>& specs, applications<Needed...>) {
  (add_specs_of<Needed>(specs), ...);
}

template <class A>
void add_specs_of(std::vector<application_spec>& specs) {
  add_each(specs, typename needs<A>::type{});
  const auto known = [](const application_spec& each) { return each.name == A::name; };
  if (std::none_of(specs.begin(), specs.end(), known)) specs.push_back(spec_of<A>());
}

/// Those of all that `A` needs, each after what it needs itself, and its own as the last.
template <class A>
std::vector<application_spec> specs_of() {
  static_assert(needs_are_in_order<A>());
  std::vector<application_spec> specs;
  if constexpr (needs_are_in_order<A>()) add_specs_of<A>(specs);
  return specs;
}

}  // namespace detail
}  // namespace otp

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/application_impl.hpp>
#endif
