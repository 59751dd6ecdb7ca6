// What a server is started as: a registered name, or a key in a registry.
#pragma once

#include <otp/pid.hpp>

#include <concepts>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace otp {

namespace detail {

/// A name outside of the runtime's own table.
class name_binding {
 public:
  name_binding() = default;
  name_binding(const name_binding&) = delete;
  name_binding& operator=(const name_binding&) = delete;
  virtual ~name_binding() = default;

  /// Gives the name to the calling process `id`; returns who has it then.
  virtual pid take(const pid& id) const = 0;
  virtual std::string to_string() const = 0;
};

}  // namespace detail

/// The name that a server is started with: none, a registered name (text), or a key in a registry
/// (`otp::via`). Made implicitly from each of them; copies are cheap.
class server_name {
 public:
  server_name() = default;
  server_name(std::string name) : local_{std::move(name)} {}
  server_name(std::string_view name) : local_{name} {}
  server_name(const char* name) : local_{name} {}
  template <class Via>
    requires requires(const Via& via) {
      { via.binding() } -> std::same_as<std::shared_ptr<const detail::name_binding>>;
    }
  server_name(const Via& via) : elsewhere_{via.binding()} {}

  bool empty() const noexcept { return local_.empty() && elsewhere_ == nullptr; }
  /// The registered name; empty if it is none.
  const std::string& local() const noexcept { return local_; }
  /// For people.
  std::string to_string() const { return elsewhere_ == nullptr ? local_ : elsewhere_->to_string(); }
  /// For the library: the name that is not registered; null if there is none.
  const std::shared_ptr<const detail::name_binding>& elsewhere() const noexcept {
    return elsewhere_;
  }

 private:
  std::string local_;
  std::shared_ptr<const detail::name_binding> elsewhere_;
};

}  // namespace otp
