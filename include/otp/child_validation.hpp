// Finds what is wrong with child specs before any of them is started, and says all of it at once.
#pragma once

#include <otp/config.hpp>
#include <otp/child_spec.hpp>
#include <otp/detail/text_formatter.hpp>
#include <otp/error.hpp>
#include <otp/exit_reason.hpp>
#include <otp/result.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace otp {

/// What can be wrong with a child spec; types rule out the rest (V-003, V-004, V-075).
enum class spec_mistake : std::uint8_t {
  missing_id,         ///< The id is empty.
  missing_start,      ///< There is no start function.
  negative_shutdown,  ///< The time for shutting down is less than zero.
  duplicate_id,       ///< An earlier child of the list has the same id.
  significant,        ///< The child is significant, but its supervisor never shuts down by itself.
  significant_permanent,  ///< The child is significant, but always restarted: it never ends for good.
};

/// One mistake and the child it was found in.
struct OTP_VISIBLE wrong_child_spec {
  std::size_t position = 0;  ///< Of the spec in its list, from 0.
  std::string id;            ///< As given, so perhaps empty.
  spec_mistake mistake = spec_mistake::missing_id;

  bool operator==(const wrong_child_spec&) const = default;
};

/// Child specs that were refused: every mistake, in the order of the list. The exit reason of a
/// supervisor that was to start with them, in OTP `start_spec` (V-004).
struct invalid_child_specs {
  std::vector<wrong_child_spec> mistakes;
  std::string text;  ///< For people: each mistake, what to do about it, and the ids there are.

  bool operator==(const invalid_child_specs&) const = default;

  /// Throws an `exit_error` whose reason is this value.
  [[noreturn]] void raise() const { throw exit_error{exit_reason{*this}}; }
};

namespace detail {

// The children of a dynamic supervisor are known by their pids.
enum class child_id : bool { optional, required };

std::string quoted_id(std::string_view id);

constexpr std::string_view advice(spec_mistake mistake) {
  switch (mistake) {
    case spec_mistake::missing_id:
      return "has no id: give it an .id that is unique within its supervisor";
    case spec_mistake::missing_start:
      return "has no start function: give it a .start, or make the spec with "
             "otp::child<Server>(...)";
    case spec_mistake::negative_shutdown:
      return "has a negative .shutdown: give it a time of zero or more, otp::brutal_kill or "
             "otp::infinity";
    case spec_mistake::duplicate_id:
      return "has the id of an earlier child: give it an .id of its own";
    case spec_mistake::significant:
      return "is .significant, but its supervisor never shuts down by itself: leave it out, or give "
             "the supervisor an .auto_shutdown";
    case spec_mistake::significant_permanent:
      return "is .significant and permanent, so it never ends for good: make it transient or "
             "temporary";
  }
  return {};
}

void find_mistakes(const child_spec& spec, std::size_t position, child_id id,
                   auto_shutdown supervisor, std::vector<wrong_child_spec>& found);

std::string describe_mistakes(std::span<const child_spec> specs,
                              std::span<const wrong_child_spec> mistakes);

result<void, invalid_child_specs> validate(std::span<const child_spec> specs, child_id id,
                                           auto_shutdown supervisor);

}  // namespace detail

/// Checks one spec without starting anything (V-003). `supervisor` says whether its child may be
/// significant (V-075).
result<void, invalid_child_specs> validate(const child_spec& spec,
                                           auto_shutdown supervisor = auto_shutdown::never);

/// Checks all specs of a supervisor, also against each other, without starting anything (V-004,
/// V-011). A supervisor refuses to start with exactly this error. Takes time in the square of their
/// number.
result<void, invalid_child_specs> validate(std::span<const child_spec> specs,
                                           auto_shutdown supervisor = auto_shutdown::never);

}  // namespace otp

/// The text.
template <>
struct fmt::formatter<otp::invalid_child_specs> : otp::detail::text_formatter {
  template <class Context>
  typename Context::iterator format(const otp::invalid_child_specs& invalid,
                                    Context& context) const {
    return write(invalid.text, context);
  }
};

#if !defined(OTP_SEPARATE_COMPILATION)
#include <otp/detail/child_validation_impl.hpp>
#endif
